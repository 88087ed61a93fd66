-- Let a suspicious buyer go on who has shown a proof, has waited, or has done so a while ago.
-- KEYS[1]  the pass of this session at this performance
-- KEYS[2]  when it was first asked, in milliseconds
-- KEYS[3]  how many of this network were let through by waiting, lately
-- KEYS[4]  the proof that is shown: there once it was used. All under one hash tag
-- ARGV[1]  the time in milliseconds, 0 for Valkey's own
-- ARGV[2]  1 when a good proof is shown
-- ARGV[3]  milliseconds that a pass lives
-- ARGV[4]  milliseconds that a proof can be shown
-- ARGV[5]  milliseconds to wait without one
-- ARGV[6]  milliseconds that a wait is remembered
-- ARGV[7]  how many of a network are let through by waiting,
-- ARGV[8]  in so many milliseconds
-- returns  milliseconds to wait; 0 lets the buyer go on
if redis.call("EXISTS", KEYS[1]) == 1 then
  return 0
end
if ARGV[2] == "1" and redis.call("SET", KEYS[4], 1, "NX", "PX", ARGV[4]) then
  redis.call("SET", KEYS[1], 1, "PX", ARGV[3])
  return 0
end
local now = tonumber(ARGV[1])
if now == 0 then
  local time = redis.call("TIME")
  now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local asked = tonumber(redis.call("GET", KEYS[2]))
if not asked then
  redis.call("SET", KEYS[2], string.format("%.0f", now), "PX", ARGV[6])
  return tonumber(ARGV[5])
end
local left = asked + tonumber(ARGV[5]) - now
if left > 0 then
  return left
end
if (tonumber(redis.call("GET", KEYS[3])) or 0) >= tonumber(ARGV[7]) then
  return math.max(1000, redis.call("PTTL", KEYS[3]))
end
if redis.call("INCR", KEYS[3]) == 1 then
  redis.call("PEXPIRE", KEYS[3], ARGV[8])
end
redis.call("DEL", KEYS[2])
redis.call("SET", KEYS[1], 1, "PX", ARGV[3])
return 0
