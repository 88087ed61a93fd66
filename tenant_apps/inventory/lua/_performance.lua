-- What every script of a performance begins with. Laid in front of each by holds.py.
-- KEYS     places owners holds due fence sale sessions feed epoch journal seating, all under one
--          hash tag
-- ARGV[1]  run id of the server that the caller connected to
-- ARGV[2]  the time in milliseconds, or 0 for the server's own clock
local PLACES, OWNERS, HOLDS, DUE, FENCE = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local SALE, SESSIONS, FEED, EPOCH, JOURNAL = KEYS[6], KEYS[7], KEYS[8], KEYS[9], KEYS[10]
local SEATING = KEYS[11]
local FREE, HELD, SOLD, BLOCKED, UNKNOWN = 0, 1, 2, 3, 9
local FEED_LENGTH = 10000

local now = tonumber(ARGV[2])
if now == 0 then
  local time = redis.call("TIME")
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end

-- nil when the performance is loaded by this very server, else what the caller must do first.
local function not_ready()
  local epoch = redis.call("HMGET", EPOCH, "run", "state")
  if epoch[1] ~= ARGV[1] then
    return "STALE"
  end
  if epoch[2] ~= "OPEN" then
    return "LOADING"
  end
end

-- What `sale` says, looked up once: the numbers as numbers.
local sale_read
local function sale()
  if not sale_read then
    local fields = redis.call(
      "HMGET", SALE, "on_sale", "opens", "closes", "per_hold", "per_session", "hold_ms",
      "extensions", "single", "companions", "tables", "least"
    )
    sale_read = {
      on_sale = fields[1] == "1",
      opens = tonumber(fields[2]),
      closes = tonumber(fields[3]),
      per_hold = tonumber(fields[4]),
      per_session = tonumber(fields[5]),
      hold_ms = tonumber(fields[6]),
      extensions = tonumber(fields[7]) or 0,
      single = fields[8],
      companions = fields[9] == "1",
      tables = fields[10] == "1",
      least = tonumber(fields[11]) or 1,
    }
  end
  return sale_read
end

local changes = {}

local function state_of(ordinal)
  return string.byte(redis.call("GETRANGE", PLACES, ordinal, ordinal)) or UNKNOWN
end

local function set_state(ordinal, state)
  redis.call("SETRANGE", PLACES, ordinal, string.char(state))
  changes[#changes + 1] = ordinal
  changes[#changes + 1] = state
end

-- Everything of a performance ends some time after the performance: the server never evicts.
-- A key that is empty is gone, so whoever makes one anew says it again.
local function remember_end()
  local ends = redis.call("HGET", SALE, "forget")
  if ends then
    for _, key in ipairs(KEYS) do
      redis.call("PEXPIREAT", key, ends, "NX")
    end
  end
end

-- One entry of the feed for all that this script changed.
local function announce()
  if #changes > 0 then
    redis.call("XADD", FEED, "MAXLEN", "~", FEED_LENGTH, "*", "c", table.concat(changes, ","))
  end
end

-- A hold is {session, expiry in ms, extensions used, {ordinals}}.
local function read_hold(id)
  local packed = redis.call("HGET", HOLDS, id)
  if packed then
    return cmsgpack.unpack(packed)
  end
end

local function write_hold(id, hold)
  redis.call("HSET", HOLDS, id, cmsgpack.pack(hold))
  redis.call("ZADD", DUE, hold[2], id)
end

local function is_live(hold)
  return hold ~= nil and hold[2] > now
end

local function holds_of(session)
  local packed = redis.call("HGET", SESSIONS, session)
  return packed and cmsgpack.unpack(packed) or {}
end

local function forget_in_session(session, id)
  local kept = {}
  for _, other in ipairs(holds_of(session)) do
    if other ~= id then
      kept[#kept + 1] = other
    end
  end
  if #kept == 0 then
    redis.call("HDEL", SESSIONS, session)
  else
    redis.call("HSET", SESSIONS, session, cmsgpack.pack(kept))
  end
end

local function give_up(id, ordinal)
  if redis.call("HGET", OWNERS, ordinal) == id then
    redis.call("HDEL", OWNERS, ordinal)
    if state_of(ordinal) == HELD then
      set_state(ordinal, FREE)
    end
  end
end

local function drop_hold(id, hold)
  for _, ordinal in ipairs(hold[4]) do
    give_up(id, ordinal)
  end
  redis.call("HDEL", HOLDS, id)
  redis.call("ZREM", DUE, id)
  forget_in_session(hold[1], id)
end

-- Free what is past its time, at most so many holds; how many that were.
local function expire_due(most)
  local ids = redis.call("ZRANGEBYSCORE", DUE, "-inf", now, "LIMIT", 0, most)
  for _, id in ipairs(ids) do
    local hold = read_hold(id)
    if hold then
      drop_hold(id, hold)
    else
      redis.call("ZREM", DUE, id)
    end
  end
  return #ids
end

-- nil when this hold can have the place, else the state that keeps it from it. The owner's own
-- expiry decides: a hold that is over keeps nothing, and nobody else's place is freed.
local function kept_from(ordinal, id)
  local state = state_of(ordinal)
  if state == FREE then
    return nil
  end
  if state == HELD then
    local owner = redis.call("HGET", OWNERS, ordinal)
    if owner == id then
      return nil
    end
    local hold = owner and read_hold(owner)
    if not is_live(hold or nil) then
      if hold then
        drop_hold(owner, hold)
      else
        redis.call("HDEL", OWNERS, ordinal)
        set_state(ordinal, FREE)
      end
      return nil
    end
  end
  return state
end

-- nil when the performance is on sale and the buyer may have so many places, else the refusal.
local function sale_refusal(session, id, wanted)
  local terms = sale()
  if not terms.on_sale then
    return { "NOT_ON_SALE" }
  end
  if now < terms.opens then
    return { "NOT_YET", terms.opens }
  end
  if now >= terms.closes then
    return { "CLOSED", terms.closes }
  end
  if wanted > terms.per_hold then
    return { "LIMIT", terms.per_hold }
  end
  local total = wanted
  for _, other in ipairs(holds_of(session)) do
    if other ~= id then
      local hold = read_hold(other)
      if is_live(hold) then
        total = total + #hold[4]
      end
    end
  end
  if total > terms.per_session then
    return { "SESSION_LIMIT", terms.per_session }
  end
end

local function answer(hold)
  local reply = { "HELD", hold[2], math.max(0, sale().extensions - hold[3]), now }
  for place, ordinal in ipairs(hold[4]) do
    reply[4 + place] = ordinal
  end
  return reply
end

-- nil when the hold can have every place, else the refusal that names what it cannot have.
local function taken_refusal(id, ordinals)
  local taken = { "TAKEN" }
  for _, ordinal in ipairs(ordinals) do
    local state = kept_from(ordinal, id)
    if state == UNKNOWN then
      return { "UNKNOWN", ordinal }
    elseif state then
      taken[#taken + 1] = ordinal
      taken[#taken + 1] = state
    end
  end
  if #taken > 1 then
    return taken
  end
end

-- Give the hold places that it can have; the reply. A hold that may live for less than the sale says
-- (most_ms, 0 for any other) has had all its extensions.
local function give(id, session, ordinals, most_ms)
  local owners = {}
  for _, ordinal in ipairs(ordinals) do
    set_state(ordinal, HELD)
    owners[#owners + 1] = ordinal
    owners[#owners + 1] = id
  end
  redis.call("HSET", OWNERS, unpack(owners))
  local hold = { session, now + sale().hold_ms, 0, ordinals }
  if most_ms > 0 and most_ms < sale().hold_ms then
    hold[2], hold[3] = now + most_ms, sale().extensions
  end
  write_hold(id, hold)
  local ids = holds_of(session)
  ids[#ids + 1] = id
  redis.call("HSET", SESSIONS, session, cmsgpack.pack(ids))
  if redis.call("ZCARD", DUE) == 1 then
    remember_end()
  end
  announce()
  return answer(hold)
end

-- The hold if it is this session's and still runs, else nil and the refusal.
local function own_hold(id, session)
  local hold = read_hold(id)
  if not hold or hold[1] ~= session then
    return nil, { "NO_HOLD" }
  end
  if not is_live(hold) then
    drop_hold(id, hold)
    announce()
    return nil, { "LAPSED" }
  end
  return hold
end

-- A repeated request is answered with the hold it made; nil when the id is new.
local function made_before(id, session, same)
  local hold = read_hold(id)
  if not hold then
    return nil
  end
  if not is_live(hold) then
    drop_hold(id, hold)
    return nil
  end
  if hold[1] == session and same(hold[4]) then
    return answer(hold)
  end
  return { "ID_USED" }
end

-- Claims and their fences: settling claim c writes 2c, freeing it 2c + 1. Only what is newer than
-- the fence has an effect, so late and repeated messages have none.
local function cut_from_hold(id, ordinal)
  local hold = read_hold(id)
  if not hold then
    return
  end
  local kept = {}
  for _, other in ipairs(hold[4]) do
    if other ~= ordinal then
      kept[#kept + 1] = other
    end
  end
  hold[4] = kept
  if #kept == 0 then
    drop_hold(id, hold)
  else
    write_hold(id, hold)
  end
end

local function settle_one(ordinal, claim, state)
  local mark = claim * 2
  local fence = tonumber(redis.call("HGET", FENCE, ordinal) or -1)
  if fence >= mark then
    return 0
  end
  redis.call("HSET", FENCE, ordinal, mark)
  local owner = redis.call("HGET", OWNERS, ordinal)
  if owner then
    redis.call("HDEL", OWNERS, ordinal)
    cut_from_hold(owner, ordinal)
  end
  set_state(ordinal, state)
  return 1
end

local function free_one(ordinal, claim)
  local mark = claim * 2 + 1
  local fence = tonumber(redis.call("HGET", FENCE, ordinal) or -1)
  if fence >= mark then
    return 0
  end
  redis.call("HSET", FENCE, ordinal, mark)
  local state = state_of(ordinal)
  if state == SOLD or state == BLOCKED then
    set_state(ordinal, FREE)
    return 1
  end
  return 0
end
