-- Which places may be held together, besides being free. Laid in front of `hold` and `change`.
-- What is judged is the hold as it would be, against what everybody else has: so a change is
-- refused for nothing that the same places, asked for at once, would not be refused for.
-- docs/seat-rules.md says each rule in words; seating.py of the venues makes the marks.
local BEGINS, SEAT, TABLE, WHEELCHAIR, COMPANION = 1, 2, 4, 8, 16
local CHUNK = 128
local band = bit.band

-- The bytes of a key, by their number and many at a time; nil beyond both ends.
local function strip_of(key)
  local chunks = {}
  return function(at)
    local number = math.floor(at / CHUNK)
    local chunk = chunks[number]
    if not chunk then
      local from = number * CHUNK
      chunk = at < 0 and "" or redis.call("GETRANGE", key, from, from + CHUNK - 1)
      chunks[number] = chunk
    end
    return string.byte(chunk, at - number * CHUNK + 1)
  end
end

local function set_of(ordinals)
  local set = {}
  for _, ordinal in ipairs(ordinals) do
    set[ordinal] = true
  end
  return set
end

local function refusal_of(word, found)
  local reply = { word }
  for ordinal in pairs(found) do
    reply[#reply + 1] = ordinal
  end
  if #reply > 1 then
    table.sort(reply, function(one, other)
      return one == word or (other ~= word and one < other)
    end)
    return reply
  end
end

-- A look at the hall with the wanted places held, and at the same hall without this hold.
local function view_of(ordinals, own_ordinals)
  local states, marks = strip_of(PLACES), strip_of(SEATING)
  local view = { wanted = set_of(ordinals), own = set_of(own_ordinals) }

  function view.is(ordinal, mark)
    return band(marks(ordinal) or 0, mark) ~= 0
  end

  function view.left(ordinal)
    if not view.is(ordinal, BEGINS) then
      return ordinal - 1
    end
  end

  function view.right(ordinal)
    local beside = marks(ordinal + 1)
    if beside and band(beside, BEGINS) == 0 then
      return ordinal + 1
    end
  end

  function view.is_free(ordinal)
    return ordinal ~= nil and states(ordinal) == FREE
  end

  function view.was_free(ordinal)
    return ordinal ~= nil and (view.own[ordinal] or states(ordinal) == FREE)
  end

  function view.stays_free(ordinal)
    return view.was_free(ordinal) and not view.wanted[ordinal]
  end

  function view.start_of(ordinal)
    while view.left(ordinal) do
      ordinal = ordinal - 1
    end
    return ordinal
  end

  return view
end

-- The wanted places of the stretches in which something changes; of the others nothing is said.
local function touched_places(view, ordinals, own_ordinals)
  if #own_ordinals == 0 then
    return ordinals
  end
  local starts, touched = {}, {}
  for _, list in ipairs({ ordinals, own_ordinals }) do
    for _, ordinal in ipairs(list) do
      if not (view.wanted[ordinal] and view.own[ordinal]) then
        starts[view.start_of(ordinal)] = true
      end
    end
  end
  for _, ordinal in ipairs(ordinals) do
    if starts[view.start_of(ordinal)] then
      touched[#touched + 1] = ordinal
    end
  end
  return touched
end

local function stands_alone(view, ordinal, is_free)
  return is_free(ordinal)
    and not is_free(view.left(ordinal))
    and not is_free(view.right(ordinal))
end

-- Whether the seat is all that stays free of the seats that were free side by side: then no other
-- choice of so many seats among them would have left less.
local function is_unavoidable(view, ordinal)
  for _, step in ipairs({ view.left, view.right }) do
    local at = step(ordinal)
    while view.was_free(at) do
      if not view.wanted[at] then
        return false
      end
      at = step(at)
    end
  end
  return true
end

-- The free seats that the wanted ones would leave without a free neighbour, and did not before.
local function left_alone(view, places, rule)
  local found = {}
  local function look_at(ordinal)
    if ordinal == nil or found[ordinal] or not view.is(ordinal, SEAT) then
      return
    end
    if
      stands_alone(view, ordinal, view.stays_free)
      and not stands_alone(view, ordinal, view.is_free)
      and not (rule == "lenient" and is_unavoidable(view, ordinal))
    then
      found[ordinal] = true
    end
  end
  for _, ordinal in ipairs(places) do
    look_at(view.left(ordinal))
    look_at(view.right(ordinal))
  end
  return refusal_of("ALONE", found)
end

-- The wanted seats of rows in runs that are shorter than the least, and not all that was free.
local function too_few(view, places, least)
  local found = {}
  for _, first in ipairs(places) do
    local is_first = view.is(first, SEAT) and not view.wanted[view.left(first) or -1]
    local last = first
    while is_first and view.wanted[view.right(last) or -1] do
      last = last + 1
    end
    local goes_on = view.was_free(view.left(first)) or view.was_free(view.right(last))
    if is_first and last - first + 1 < least and goes_on then
      for ordinal = first, last do
        found[ordinal] = true
      end
    end
  end
  local refusal = refusal_of("TOO_FEW", found)
  if refusal then
    table.insert(refusal, 2, least)
  end
  return refusal
end

-- The wanted companion seats without a wanted wheelchair space in their stretch.
local function companions_alone(view, places)
  local found = {}
  for _, ordinal in ipairs(places) do
    if view.is(ordinal, COMPANION) then
      local at = view.start_of(ordinal)
      while at and not (view.wanted[at] and view.is(at, WHEELCHAIR)) do
        at = view.right(at)
      end
      found[ordinal] = at == nil or nil
    end
  end
  return refusal_of("COMPANION", found)
end

-- The free seats of tables at which others are wanted.
local function missing_at_tables(view, places)
  local found, seen = {}, {}
  for _, ordinal in ipairs(places) do
    local at = view.is(ordinal, TABLE) and view.start_of(ordinal) or nil
    if at and not seen[at] then
      seen[at] = true
      while at do
        found[at] = view.stays_free(at) or nil
        at = view.right(at)
      end
    end
  end
  return refusal_of("TABLE", found)
end

-- nil when the rules of the sale allow the places, else the refusal. `own` are the places that
-- the hold has now; none when it is new.
local function rules_refusal(ordinals, own)
  local rules = sale()
  if rules.single == "off" and rules.least == 1 and not (rules.companions or rules.tables) then
    return nil
  end
  -- A neighbour is judged by its owner's expiry too: what is over is freed before anyone looks.
  for _ = 1, 10 do
    if expire_due(100) < 100 then
      break
    end
  end
  local view = view_of(ordinals, own)
  local places = touched_places(view, ordinals, own)
  return (rules.companions and companions_alone(view, places))
    or (rules.tables and missing_at_tables(view, places))
    or (rules.least > 1 and too_few(view, places, rules.least))
    or (rules.single ~= "off" and left_alone(view, places, rules.single))
    or nil
end
