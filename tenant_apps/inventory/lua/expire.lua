-- Free what is past its time, so that a quiet performance is prompt too.
-- ARGV[3]  at most so many holds
-- returns  DONE how_many | STALE | LOADING
local wait = not_ready()
if wait then
  return { wait }
end
local count = expire_due(tonumber(ARGV[3]))
announce()
return { "DONE", count }
