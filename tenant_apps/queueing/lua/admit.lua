-- Let in from the front as many as there is room for.
-- ARGV[7]   free places
-- ARGV[8]   most admissions a second
-- ARGV[9]   most people inside
-- ARGV[10]  how long a lease lasts, in milliseconds
-- ARGV[11]  1 while the servers are strained: then the rate falls, else it climbs to the most
-- returns   ADMITTED numbers… in their order
local free, most_rate, most_inside = tonumber(ARGV[7]), tonumber(ARGV[8]), tonumber(ARGV[9])
-- An open page comes at once; who has gone shall not keep others out for a whole lease.
local CALL_MS = 120000
if state ~= "OPEN" or now < tonumber(redis.call("HGET", ROOM, "quiet") or 0) then
  return { "ADMITTED" }
end
redis.call("ZREMRANGEBYSCORE", CALLED, "-inf", now)
redis.call("ZREMRANGEBYSCORE", BUSY, "-inf", now)

local kept = redis.call("HMGET", ROOM, "rate", "credit", "ticked", "heat", "warm")
local rate, ticked = tonumber(kept[1] or most_rate), tonumber(kept[3] or now - 1000)
local passed_s = math.min(math.max(0, now - ticked) / 1000, 5)
if ARGV[11] == "1" then
  rate = math.max(most_rate / 20, rate * 0.7 ^ passed_s)
else
  rate = math.min(most_rate, rate * 1.1 ^ passed_s)
end
local credit = math.min(tonumber(kept[2] or 1) + rate * passed_s, math.max(1, rate * 2))

local waiting, called = redis.call("ZCARD", LINE), redis.call("ZCARD", CALLED)
local inside = called + redis.call("ZCARD", BUSY)
-- Who was called and holds nothing yet will want a free place.
local count = math.floor(math.min(credit, most_inside - inside, free - called, waiting, 500))
local reply = { "ADMITTED" }
if count > 0 then
  local popped = redis.call("ZPOPMIN", LINE, count)
  local leases = {}
  for place = 1, #popped, 2 do
    reply[#reply + 1] = popped[place]
    leases[#leases + 1] = whole(now + math.min(tonumber(ARGV[10]), CALL_MS))
    leases[#leases + 1] = popped[place]
  end
  redis.call("ZADD", CALLED, unpack(leases))
end

local fades = math.exp(-passed_s / HALF_MINUTE_S)
local heat = tonumber(kept[4] or 0) * fades + #reply - 1
local warm = tonumber(kept[5] or 0) * fades + (waiting > 0 and passed_s or 0)
redis.call(
  "HSET", ROOM, "lease", ARGV[10], "rate", rate, "credit", credit - (#reply - 1), "ticked", whole(now), "heat", heat, "warm", warm
)
remember_end()
return reply
