def null: [][0];
def values: select(. != null);
def nulls: select(. == null);
def booleans: select(type == "boolean");
def numbers: select(type == "number");
def strings: select(type == "string");
def arrays: select(type == "array");
def objects: select(type == "object");
def iterables: select(type | . == "array" or . == "object");
def scalars: select(type | . != "array" and . != "object");
def isvalid(f): try (f | true) catch false;
def error_if_not_array($what):
  if type != "array" then error(shown + " cannot be " + $what + ", as it is not an array") else . end;

def add(f): reduce f as $x (null; . + $x);
def add: add(.[]);
def sort: error_if_not_array("sorted") | sort_array;
def sort_by(f): error_if_not_array("sorted") | sort_array_by([f]);
def group_by(f): error_if_not_array("grouped") | group_array_by([f]);
def unique_by(f): [group_by(f)[] | .[0]];
def unique: unique_by(.);
def min_by(f): error_if_not_array("iterated over") | [min_by_or_empty([f])] | .[0];
def max_by(f): error_if_not_array("iterated over") | [max_by_or_empty([f])] | .[0];
def min: min_by(.);
def max: max_by(.);
def reverse:
  if type == "string" then explode | reverse_array | implode
  elif . == null then [] else error_if_not_array("reversed") | reverse_array end;
def flatten($depth):
  if $depth < 0 then error("flatten depth must not be negative")
  else reduce .[] as $x ([];
    if ($x | type) == "array" and $depth > 0 then . + ($x | flatten($depth - 1)) else . + [$x] end) end;
def flatten: flatten(1000);
def toarray: if type == "array" then . else [.] end;
def transpose: if . == [] then [] else . as $in | [range(map(length) | max) as $i | [$in[][$i]]] end;
def in($xs): . as $x | $xs | has($x);
def inside($xs): . as $x | $xs | contains($x);
def index($i): indices($i) | .[0];
def rindex($i): indices($i) | .[-1:] | .[0];
def leaf_paths: paths(scalars);
def pick(f): . as $in | reduce path(f) as $p (null; setpath($p; $in | getpath($p)));
def to_entries: [keys_unsorted[] as $k | {key: $k, value: .[$k]}];
def from_entries:
  reduce .[] as $x ({}; . + { ($x | if type == "object" then
      (if has("key") then .key elif has("k") then .k elif has("name") then .name
       elif has("Name") then .Name elif has("Key") then .Key elif has("K") then .K else null end)
      else . end | if type == "string" then . elif . == null then "null" else tojson end):
    ($x | if has("value") then .value elif has("v") then .v elif has("Value") then .Value else .V end) });
def with_entries(f): to_entries | map(f) | from_entries;
def join($sep):
  reduce .[] as $x (null; (if . == null then "" else . + $sep end)
    + ($x | if . == null then "" elif type == "string" then . else tojson end)) // "";
def ascii: [.] | implode;
def todate: todateiso8601;
def fromdate: fromdateiso8601;
def IN(s): any(s == .; .);
def IN(src; s): any(src == s; .);
def INDEX(stream; f): reduce stream as $row ({}; .[$row | f | tostring] |= $row);
def INDEX(f): INDEX(.[]; f);
def tostream:
  path(def r: (.[]? | r), .; r) as $p | getpath($p)
  | reduce path(.[]?) as $q ([$p, .]; [$p + $q]);
def halt: halt(0);
def halt_error: halt_error(5);
def debug(msgs): (msgs | debug | empty), .;
def env: $ENV;

def match($re; $flags): matches($re; $flags) | .[];
def match($val):
  if ($val | type) == "string" then match($val; null)
  else match($val[0]; $val[1]) end;
def test($re; $flags): matches($re; $flags) | length > 0;
def test($val):
  if ($val | type) == "string" then test($val; null) else test($val[0]; $val[1]) end;
def capture_object: reduce (.captures[] | select(.name != null)) as $c ({}; .[$c.name] = $c.string);
def capture($re; $flags): match($re; $flags) | capture_object;
def capture($val): match($val) | capture_object;
def scan($re; $flags):
  match($re; "g" + ($flags // "")) | if (.captures | length) > 0 then [.captures[].string] else .string end;
def scan($re): scan($re; null);
def split($sep):
  if type == "string" and ($sep | type) == "string" then . / $sep
  else error("split input and separator must be strings") end;
def split($re; $flags):
  . as $in | [foreach (match($re; "g" + ($flags // "")), null) as $m ({at: 0};
    if $m == null then .out = $in[.at:] else .out = $in[.at:$m.offset] | .at = $m.offset + $m.length end; .out)];
def splits($re; $flags): split($re; $flags) | .[];
def splits($re): splits($re; null);
def sub($re; f; $flags):
  . as $in | reduce match($re; $flags) as $m ({out: "", at: 0};
      .out += ($in[.at:$m.offset] + ($m | capture_object | f)) | .at = $m.offset + $m.length)
  | .out + $in[.at:];
def sub($re; f): sub($re; f; "");
def gsub($re; f; $flags): sub($re; f; $flags + "g");
def gsub($re; f): sub($re; f; "g");

def @text: tostring;
def @json: tojson;
def @html: tostring | escape_html;
def @uri: tostring | encode_uri;
def @sh: [if type == "array" then .[] else . end | quote_sh] | join(" ");
def @csv: row_csv;
def @tsv: row_tsv;
def @base64: tostring | encode_base64;
def @base64d: tostring | decode_base64;
