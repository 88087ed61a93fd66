-- Read every place's state and where the feed stands, in one moment.
-- returns  SNAPSHOT epoch feed_id places | STALE | LOADING
local wait = not_ready()
if wait then
  return { wait }
end
local last = redis.call("XREVRANGE", FEED, "+", "-", "COUNT", 1)
return {
  "SNAPSHOT",
  redis.call("HGET", EPOCH, "id"),
  last[1] and last[1][1] or "0-0",
  redis.call("GET", PLACES) or "",
}
