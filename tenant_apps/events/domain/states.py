"""The life of an event and of each of its performances."""

from __future__ import annotations

from enum import StrEnum

from kernel import errors


class State(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    CANCELLED = "cancelled"


class Step(StrEnum):
    PUBLISH = "publish"
    CANCEL = "cancel"


# A draft is never cancelled: nobody has heard of it. What was cancelled stays so: tickets of it
# are out, and money has gone back.
NEXT_STATE: dict[tuple[State, Step], State] = {
    (State.DRAFT, Step.PUBLISH): State.PUBLISHED,
    (State.PUBLISHED, Step.CANCEL): State.CANCELLED,
}

# What buyers may know of: what is on, and that something which was on is not.
KNOWN_TO_BUYERS = (State.PUBLISHED, State.CANCELLED)


class StepRefused(errors.Conflict):
    code = "event_step_refused"
    message = "That step is not possible from the present state."


class EventNotPublished(errors.Conflict):
    code = "event_not_published"
    message = "Publish the event first; its performances go out with it."


class CancelledForGood(errors.Conflict):
    code = "cancelled_for_good"
    message = "This was cancelled and cannot be changed any more."


class PlanFixed(errors.Conflict):
    code = "plan_fixed"
    message = "A published performance keeps its seating plan."


def advance(state: State, step: Step) -> State:
    """Return the state after the step. Refuses with StepRefused."""
    try:
        return NEXT_STATE[state, step]
    except KeyError:
        raise StepRefused(state=str(state), step=str(step)) from None
