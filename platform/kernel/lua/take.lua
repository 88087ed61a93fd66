-- Take tokens out of every bucket, or nothing out of any; and read scores on the way.
-- KEYS     the buckets: the microsecond at which each will be full again; no key is a full bucket.
--          Then the scores, as many as there are; no key is 0. All under one hash tag
-- ARGV     three for each bucket: capacity in tokens, refill in tokens a second, tokens wanted
-- returns  {1 or 0, whole tokens left in the tightest bucket, microseconds until all can be met (0
--          when they were), which bucket is the tightest (from 1), the highest score}. The tightest
--          is the one with the fewest tokens left; of a refused request the one to wait longest for
local time = redis.call("TIME")
local now = tonumber(time[1]) * 1000000 + tonumber(time[2])
local buckets = #ARGV / 3
local wait_us, tightest, left, full_again = 0, 1, {}, {}
for place = 1, buckets do
  local capacity = tonumber(ARGV[3 * place - 2])
  local us_a_token = 1000000 / tonumber(ARGV[3 * place - 1])
  local full_at = math.max(tonumber(redis.call("GET", KEYS[place])) or now, now)
  full_again[place] = full_at + tonumber(ARGV[3 * place]) * us_a_token
  local late_us = full_again[place] - now - capacity * us_a_token
  -- Half a microsecond of slack: a bucket is not refused its last token by a rounding.
  if late_us > 0.5 then
    full_again[place] = full_at
  end
  left[place] = math.floor(capacity - (full_again[place] - now) / us_a_token + 0.000001)
  if late_us > 0.5 and math.ceil(late_us) > wait_us then
    wait_us, tightest = math.ceil(late_us), place
  elseif wait_us == 0 and left[place] < left[tightest] then
    tightest = place
  end
end
local score = 0
if #KEYS > buckets then
  for _, found in ipairs(redis.call("MGET", unpack(KEYS, buckets + 1))) do
    score = math.max(score, tonumber(found) or 0)
  end
end
if wait_us > 0 then
  return { 0, left[tightest], wait_us, tightest, score }
end
for place = 1, buckets do
  local lives_ms = math.max(1, math.ceil((full_again[place] - now) / 1000))
  redis.call("SET", KEYS[place], string.format("%.0f", full_again[place]), "PX", lives_ms)
end
return { 1, left[tightest], 0, tightest, score }
