"""View models: exactly what each template needs, and nothing a template would have to work out.

Views build these from queries; templates only print them. Moments are `When`s in the performance's
own zone, money is `kernel.money.Money`, addresses are ready to link. A template never sees a model.

    parts      what several pages share: moments, sales, zones, timers, price lines
    programme  what is on, and one event
    seating    choosing places
    buying     cart, details, review, time run out
    orders     after the order: tickets, history, finding it again
"""

from __future__ import annotations
