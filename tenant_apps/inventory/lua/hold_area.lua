-- Hold so many places of a general-admission area, or none of them.
-- ARGV[3]  hold id, chosen by the client: a repeated request is the same hold
-- ARGV[4]  session
-- ARGV[5]  the area's first ordinal
-- ARGV[6]  the area's last ordinal
-- ARGV[7]  how many
-- ARGV[8]  the most milliseconds that the hold may live, without more time; 0: as the sale says
-- returns  HELD … | FEW how_many_are_free | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local id, session = ARGV[3], ARGV[4]
local first, last, wanted = tonumber(ARGV[5]), tonumber(ARGV[6]), tonumber(ARGV[7])
local before = made_before(id, session, function(held)
  return #held == wanted and held[1] >= first and held[#held] <= last
end)
if before then
  return before
end
local refusal = sale_refusal(session, id, wanted)
if refusal then
  announce()
  return refusal
end

-- The search goes on where the last one of this area ended, and round to there: what is sold out
-- behind it is not walked over again by every buyer, and the last free place is still found.
local CURSOR, PART = "next:" .. ARGV[5], 2048

local function look_through(from, to, found)
  while from <= to and #found < wanted do
    local part = redis.call("GETRANGE", PLACES, from, math.min(from + PART - 1, to))
    local at = string.find(part, "\0", 1, true)
    while at and #found < wanted do
      found[#found + 1] = from + at - 1
      at = string.find(part, "\0", at + 1, true)
    end
    from = from + PART
  end
end

local function free_places()
  local found = {}
  local start = tonumber(redis.call("HGET", SALE, CURSOR)) or first
  look_through(start, last, found)
  look_through(first, start - 1, found)
  return found
end

local found = free_places()
-- Holds that are over may still stand in the area; the timer has not come by yet.
while #found < wanted and expire_due(100) > 0 do
  found = free_places()
end
if #found < wanted then
  announce()
  return { "FEW", #found }
end
redis.call("HSET", SALE, CURSOR, found[wanted] < last and found[wanted] + 1 or first)
table.sort(found)
return give(id, session, found, tonumber(ARGV[8]))
