-- Give a hold more time.
-- ARGV[3]  hold id
-- ARGV[4]  session
-- ARGV[5]  0: a whole new hold time, counted against the cap; else: at least so many milliseconds
--          from now, not counted (checkout makes sure that the hold outlasts its transaction)
-- returns  HELD … | NO_MORE_TIME | a refusal
local wait = not_ready()
if wait then
  return { wait }
end
local id, session, least = ARGV[3], ARGV[4], tonumber(ARGV[5])
local hold, refusal = own_hold(id, session)
if not hold then
  return refusal
end
if least == 0 then
  if hold[3] >= sale().extensions then
    return { "NO_MORE_TIME", hold[2] }
  end
  hold[3] = hold[3] + 1
  least = sale().hold_ms
end
hold[2] = math.max(hold[2], now + least)
write_hold(id, hold)
return answer(hold)
