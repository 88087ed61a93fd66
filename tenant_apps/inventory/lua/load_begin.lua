-- Begin to load a performance: from here on holds wait, settle and free are written down.
-- ARGV[3]  the new epoch
-- ARGV[4]  how long another load is waited for, in milliseconds
-- ARGV[5]  "again" to load although it is open
-- returns  BEGUN | OPEN (somebody was faster) | BUSY (another loads it)
local epoch = redis.call("HMGET", EPOCH, "run", "state", "begun", "id")
if epoch[1] == ARGV[1] and ARGV[5] ~= "again" then
  if epoch[2] == "OPEN" then
    return { "OPEN" }
  end
end
if epoch[1] == ARGV[1] and epoch[2] == "LOADING" then
  -- A call whose answer was lost is made again: who has begun does not wait for itself.
  if epoch[4] == ARGV[3] then
    return { "BEGUN" }
  end
  if now - tonumber(epoch[3]) < tonumber(ARGV[4]) then
    return { "BUSY" }
  end
end
redis.call("HSET", EPOCH, "id", ARGV[3], "run", ARGV[1], "state", "LOADING", "begun", now)
redis.call("DEL", JOURNAL)
return { "BEGUN" }
