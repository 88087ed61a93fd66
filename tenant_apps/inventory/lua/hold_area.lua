-- Hold so many places of a general-admission area, or none of them.
-- ARGV[3]  hold id, chosen by the client: a repeated request is the same hold
-- ARGV[4]  session
-- ARGV[5]  the area's first ordinal
-- ARGV[6]  the area's last ordinal
-- ARGV[7]  how many
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

local function free_places()
  local states, found, from = redis.call("GETRANGE", PLACES, first, last), {}, 1
  while #found < wanted do
    local at = string.find(states, "\0", from, true)
    if not at then
      break
    end
    found[#found + 1] = first + at - 1
    from = at + 1
  end
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
return give(id, session, found)
