-- Give a load up whose reader has failed: who comes next need not wait for it.
-- ARGV[3]  the epoch that load_begin was given
-- returns  DONE
local epoch = redis.call("HMGET", EPOCH, "id", "run", "state")
if epoch[1] == ARGV[3] and epoch[2] == ARGV[1] and epoch[3] == "LOADING" then
  redis.call("HSET", EPOCH, "begun", 0)
end
return { "DONE" }
