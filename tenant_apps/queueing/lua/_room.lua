-- What every script of a waiting room begins with. Laid in front of each by gateway.py.
-- KEYS     room numbers early line called busy, all under one hash tag
-- ARGV[1]  run id of the server; a room does not ask: rewound to an older moment it is still right
-- ARGV[2]  the time in milliseconds, or 0 for the server's own clock
-- ARGV[3]  the round: a later one than the room's begins it anew
-- ARGV[4]  when the sale opens, in milliseconds
-- ARGV[5]  the seed of the shuffle, once the sale is open; empty before
-- ARGV[6]  when everything of the room ends, in milliseconds
local ROOM, NUMBERS, EARLY, LINE, CALLED, BUSY = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
-- Numbers are microseconds since 2020: they say when somebody joined, ascend whatever is lost, and
-- a double holds them exactly.
local BASE_MS = 1577836800000
local QUIET_MS = 30000
local HALF_MINUTE_S = 30

local now, now_us = tonumber(ARGV[2]), 0
if now == 0 then
  local time = redis.call("TIME")
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
  now_us = (tonumber(time[1]) * 1000 - BASE_MS) * 1000 + tonumber(time[2])
else
  now_us = (now - BASE_MS) * 1000
end

local function whole(number)
  return string.format("%.0f", number)
end

-- A room that nobody knows begins. Where the sale is open already, places were lost: who comes back
-- within a while is put in order by the number in the signed place before anybody is let in.
local round = tonumber(redis.call("HGET", ROOM, "round") or 0)
-- Whoever was told of the room a moment ago may be a round behind: the room goes on all the same.
local is_outdated = round > tonumber(ARGV[3])
if round < tonumber(ARGV[3]) then
  redis.call("DEL", ROOM, NUMBERS, EARLY, LINE, CALLED, BUSY)
  redis.call("HSET", ROOM, "round", ARGV[3], "last", whole(now_us), "state", "CLOSED")
  if ARGV[5] ~= "" then
    redis.call("HSET", ROOM, "state", "OPEN", "seed", ARGV[5], "opens", ARGV[4], "quiet", whole(now + QUIET_MS))
  end
  redis.call("PEXPIREAT", ROOM, ARGV[6])
end

local known = redis.call("HMGET", ROOM, "state", "seed", "opens")
local state, seed = known[1], known[2] or ""
local opens_us = (tonumber(known[3] or ARGV[4]) - BASE_MS) * 1000

-- Everything of a room ends: the server never evicts.
local function remember_end()
  for _, key in ipairs(KEYS) do
    redis.call("PEXPIREAT", key, ARGV[6], "NX")
  end
end

-- Where a number stands, the smallest first. Who came before the opening is drawn, below zero; who
-- came after follows by number.
local function order_of(number)
  if tonumber(number) >= opens_us then
    return number
  end
  local drawn = tonumber(string.sub(redis.sha1hex(seed .. ":" .. number), 1, 12), 16)
  return whole(-1 - drawn)
end

local function line_up(number)
  if state == "CLOSED" then
    redis.call("ZADD", EARLY, number, number)
  else
    redis.call("ZADD", LINE, order_of(number), number)
  end
end

-- What the room remembers of a session: "w" waits, "m" has missed a turn, "c" came when it was
-- called, "u" has used its turn; and its number.
local function kept_of(session)
  local kept = redis.call("HGET", NUMBERS, session)
  if kept then
    return string.sub(kept, 1, 1), string.sub(kept, 2)
  end
end

local function keep(session, kind, number)
  redis.call("HSET", NUMBERS, session, kind .. number)
end

-- The end of a number's lease in milliseconds while it runs, else nil.
local function lease_of(number)
  local ends = redis.call("ZSCORE", CALLED, number) or redis.call("ZSCORE", BUSY, number)
  if ends and tonumber(ends) > now then
    return tonumber(ends)
  end
end

-- Who is called has a while to come; from then on the lease runs.
local function come(session, kind, number)
  local called = redis.call("ZSCORE", CALLED, number)
  if not called or tonumber(called) <= now or (kind ~= "w" and kind ~= "m") then
    return kind
  end
  redis.call("ZADD", CALLED, whole(now + tonumber(redis.call("HGET", ROOM, "lease"))), number)
  keep(session, "c", number)
  return "c"
end

-- Admissions a minute, of late and while somebody waited; -1 while too little was seen.
local function pace()
  local seen = redis.call("HMGET", ROOM, "heat", "warm")
  local warm = tonumber(seen[2] or 0)
  if warm < 3 then
    return -1
  end
  return math.floor(tonumber(seen[1]) / warm * 60 + 0.5)
end

-- state, number, people ahead or -1, people waiting, end of the lease or 0, admissions a minute.
local function standing(number)
  local waiting = redis.call("ZCARD", EARLY) + redis.call("ZCARD", LINE)
  local lease = lease_of(number)
  if lease then
    return { "ADMITTED", number, 0, waiting, lease, pace() }
  end
  if state ~= "OPEN" then
    return { "BEFORE", number, -1, waiting, 0, -1 }
  end
  return { "WAITING", number, redis.call("ZRANK", LINE, number) or -1, waiting, 0, pace() }
end
