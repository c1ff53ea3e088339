-- wrk's script: sends the raw requests of files in turn, and prints counts and microseconds at the end.
-- In a request for the world WORLD, every turn through all files uses a new world.
local requests, turn, world = {}, 0, 0

function init(files)
  for _, path in ipairs(files) do
    local file = assert(io.open(path, "rb"))
    local raw = file:read("*a")
    local before, after = raw:match("^(.-)WORLD(.*)$")
    table.insert(requests, {raw = raw, before = before, after = after})
    file:close()
  end
end

function request()
  turn = turn % #requests + 1
  if turn == 1 then world = world + 1 end
  local each = requests[turn]
  return each.before and each.before .. "w" .. world .. each.after or each.raw
end

function done(summary)
  local errors = summary.errors
  local broken = errors.connect + errors.read + errors.write + errors.timeout
  print("FIGURES", summary.requests, summary.duration, errors.status, broken)
end
