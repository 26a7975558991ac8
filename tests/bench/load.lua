-- wrk's side: picks a hospital and an operation for each request. HMS_BENCH_PLAN names the file that Python wrote.
local plan = dofile(os.getenv("HMS_BENCH_PLAN"))
local random, format, concat = math.random, string.format, table.concat
local hospitals, operations, weights = plan.hospitals, plan.operations, {}
local total, shares = 0, {}

for i, operation in ipairs(operations) do
  total = total + operation.weight
  weights[i] = total
end

-- The k-th busiest hospital gets a share of 1/k (zipf), or all the same.
local share = 0
for k = 1, #hospitals do
  share = share + (plan.zipf and 1 / k or 1)
  shares[k] = share
end

local function pick(cumulated, sum)
  local wanted, low, high = random() * sum, 1, #cumulated
  while low < high do
    local middle = math.floor((low + high) / 2)
    if cumulated[middle] < wanted then low = middle + 1 else high = middle end
  end
  return low
end

local names = { "Asha", "Ravi", "Meera", "Kulkarni", "Sharma", "Iyer", "Fatima", "Joseph" }
local unique, seed = 0, 0

-- As main.py fills the schemas: hospital and patient are numbers inside a UUID.
local fill = {
  patient = function(h) return format("01900000-%04x-7000-8000-%012x", h.number, random(1, plan.patients)) end,
  name = function() return names[random(1, #names)] end,
  digits = function() return format("%04d", random(0, 9999)) end,
  code = function() return format("P-%05d", random(1, plan.patients)) end,
  day = function() return plan.day end,
  hospital = function(h) return tostring(h.number) end,
  address = function() return format("10.%d.%d.%d", random(0, 255), random(0, 255), random(1, 254)) end,
  unique = function()
    unique = unique + 1
    return format("bench-%d-%d", seed, unique)
  end,
}

function setup(thread)
  setup_count = (setup_count or 0) + 1
  thread:set("number", setup_count)
end

function init()
  seed = plan.seed * 100 + number
  math.randomseed(seed)
end

-- Requests that are cut off in the middle cost the server a database connection with all that it has prepared. So
-- nobody asks any more in the last second, and everybody gets an answer.
local ffi = require("ffi")
ffi.cdef [[ struct bench_time { long seconds; long nanos; }; int clock_gettime(int clock, struct bench_time *time); ]]
local clock, first = ffi.new("struct bench_time"), nil
function delay()
  ffi.C.clock_gettime(1, clock)
  local now = tonumber(clock.seconds) + tonumber(clock.nanos) / 1e9
  first = first or now
  if now - first > plan.seconds then return 60000 end
  return plan.pause or 0
end

function request()
  local h = hospitals[pick(shares, share)]
  local o = operations[pick(weights, total)]
  local function insert(text)
    if not text:find("{", 1, true) then return text end
    return (text:gsub("{(%l+)}", function(word) return fill[word] and fill[word](h) end))
  end
  local who = h[o.who] or plan[o.who]
  if not o.body then
    return concat({ o.method, " ", insert(o.path), " HTTP/1.1\r\nHost: ", plan.host, "\r\n", who, "\r\n\r\n" })
  end
  local body = insert(o.body)
  return concat({ o.method, " ", insert(o.path), " HTTP/1.1\r\nHost: ", plan.host, "\r\n", who,
    "\r\nContent-Type: ", insert(o.kind), "\r\nContent-Length: ", #body, "\r\n\r\n", body })
end

-- Only where asked for: looking at each answer costs the client a third of its speed.
if plan.statuses then
  seen = {}
  function response(status) seen[tostring(status)] = (seen[tostring(status)] or 0) + 1 end
  local threads = {}
  local first = setup
  function setup(thread)
    first(thread)
    threads[#threads + 1] = thread
  end
  function statuses()
    local sum = {}
    for _, thread in ipairs(threads) do
      for status, count in pairs(thread:get("seen") or {}) do sum[status] = (sum[status] or 0) + count end
    end
    return sum
  end
end

function done(summary, latency)
  local extra = ""
  if statuses then
    for status, count in pairs(statuses()) do extra = extra .. format(',"status_%s":%d', status, count) end
  end
  io.write(format(
    'RESULT {"requests":%d,"micros":%d,"p50":%d,"p95":%d,"p99":%d,"max":%d,"refused":%d,"lost":%d%s}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(95), latency:percentile(99),
    latency.max, summary.errors.status,
    summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.timeout, extra))
end
