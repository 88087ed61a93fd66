-- Shuffle those who came before the sale opened, so many at a call; nobody is let in before the end.
-- ARGV[7]  how many at a call
-- returns  OPEN | OPENING how many are left
if state == "OPEN" then
  return { "OPEN", 0 }
end
if ARGV[5] == "" or is_outdated then
  return { "CLOSED", redis.call("ZCARD", EARLY) }
end
if state == "CLOSED" then
  state, seed, opens_us = "OPENING", ARGV[5], (tonumber(ARGV[4]) - BASE_MS) * 1000
  redis.call("HSET", ROOM, "state", state, "seed", seed, "opens", ARGV[4])
end
local popped = redis.call("ZPOPMIN", EARLY, ARGV[7])
for place = 1, #popped, 2 do
  line_up(popped[place])
end
remember_end()
local left = redis.call("ZCARD", EARLY)
if left == 0 then
  redis.call("HSET", ROOM, "state", "OPEN")
  return { "OPEN", 0 }
end
return { "OPENING", left }
