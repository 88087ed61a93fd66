-- Take tokens out of a bucket, or nothing of them.
-- KEYS[1]  the bucket: the microsecond at which it will be full again; no key is a full bucket
-- ARGV[1]  capacity in tokens
-- ARGV[2]  refill in tokens a second
-- ARGV[3]  tokens wanted
-- returns  {1 or 0, whole tokens left, microseconds until this cost can be met (0 when it was)}
local capacity, refill, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local full_at = math.max(tonumber(redis.call("GET", KEYS[1])) or now, now)
local us_a_token = 1000000 / refill
local wanted_full_at = full_at + cost * us_a_token
local late_us = wanted_full_at - now - capacity * us_a_token
-- Half a microsecond of slack: a bucket is not refused its last token by a rounding.
if late_us > 0.5 then
  return { 0, math.floor(capacity - (full_at - now) / us_a_token), math.ceil(late_us) }
end
local lives_ms = math.max(1, math.ceil((wanted_full_at - now) / 1000))
redis.call("SET", KEYS[1], string.format("%.0f", wanted_full_at), "PX", lives_ms)
return { 1, math.floor(capacity - (wanted_full_at - now) / us_a_token + 0.000001), 0 }
