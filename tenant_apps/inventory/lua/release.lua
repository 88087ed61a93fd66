-- Give a hold's places back. Releasing what is gone already is no error.
-- ARGV[3]  hold id
-- ARGV[4]  session
-- returns  RELEASED (1 when there was something, else 0) | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local hold = read_hold(ARGV[3])
if hold and hold[1] ~= ARGV[4] then
  return { "NO_HOLD" }
end
if hold then
  drop_hold(ARGV[3], hold)
  announce()
end
return { "RELEASED", hold and 1 or 0 }
