-- Raise a score, up to a most and at most once in a while; it lives so long from now on, or as long
-- as it did if that is longer.
-- KEYS[1]  the score
-- KEYS[2]  there while it was raised just now. Both under one hash tag
-- ARGV[1]  by how much
-- ARGV[2]  the most; a score that is higher already stays as it is
-- ARGV[3]  its life in milliseconds
-- ARGV[4]  milliseconds until it may be raised again
-- returns  the score
local score = tonumber(redis.call("GET", KEYS[1])) or 0
if not redis.call("SET", KEYS[2], 1, "NX", "PX", ARGV[4]) then
  return score
end
local raised = math.max(score, math.min(score + tonumber(ARGV[1]), tonumber(ARGV[2])))
local lives_ms = math.max(redis.call("PTTL", KEYS[1]), tonumber(ARGV[3]))
redis.call("SET", KEYS[1], raised, "PX", lives_ms)
return raised
