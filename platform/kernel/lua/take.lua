-- Take tokens out of every bucket, or nothing out of any.
-- KEYS     the buckets: the microsecond at which each will be full again; no key is a full bucket.
--          All under one hash tag
-- ARGV     three for each bucket: capacity in tokens, refill in tokens a second, tokens wanted
-- returns  {1 or 0, whole tokens left in the emptiest, microseconds until all can be met (0 when
--          they were)}
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local wait_us, least, full_again = 0, nil, {}
for place, key in ipairs(KEYS) do
  local capacity = tonumber(ARGV[3 * place - 2])
  local us_a_token = 1000000 / tonumber(ARGV[3 * place - 1])
  local full_at = math.max(tonumber(redis.call("GET", key)) or now, now)
  full_again[place] = full_at + tonumber(ARGV[3 * place]) * us_a_token
  local late_us = full_again[place] - now - capacity * us_a_token
  -- Half a microsecond of slack: a bucket is not refused its last token by a rounding.
  if late_us > 0.5 then
    wait_us = math.max(wait_us, math.ceil(late_us))
    full_again[place] = full_at
  end
  local left = math.floor(capacity - (full_again[place] - now) / us_a_token + 0.000001)
  least = math.min(least or left, left)
end
if wait_us > 0 then
  return { 0, least, wait_us }
end
for place, key in ipairs(KEYS) do
  local lives_ms = math.max(1, math.ceil((full_again[place] - now) / 1000))
  redis.call("SET", key, string.format("%.0f", full_again[place]), "PX", lives_ms)
end
return { 1, least, 0 }
