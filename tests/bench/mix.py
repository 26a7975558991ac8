"""What the clients do: a day at the desk, the ward office and the platform's console.

`{…}` is filled in by load.lua for each request. `as`: `staff` by bearer token, `page` by the staff member's cookie,
`console` and `operator` by those of the super-admin. Weights are requests in a thousand. An operation that this
build of HMS does not have is left out and named in the report.
"""

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def op(name, weight, method, path, who="staff", body=None, kind=None, expect=200):
    return dict(name=name, weight=weight, method=method, path=path, who=who, body=body, kind=kind, expect=expect)


OPERATIONS = [
    op("me", 60, "GET", "/api/v1/auth/me"),
    op("show", 180, "GET", "/api/v1/patients/{patient}"),
    op("list", 100, "GET", "/api/v1/patients?page=1&page_size=20"),
    op("list, page 3", 30, "GET", "/api/v1/patients?page=3&page_size=20&include=visit_flags"),
    op("list by sex", 30, "GET", "/api/v1/patients?gender=FEMALE&page_size=20"),
    op("list by registration", 30, "GET", "/api/v1/patients?registered_from={day}&page_size=20"),
    op("list by visit", 20, "GET", "/api/v1/patients?date_from={day}&page_size=20"),
    op("search by name", 50, "GET", "/api/v1/patients?search={name}&page_size=10"),
    op("search by phone", 30, "GET", "/api/v1/patients?search={digits}&page_size=10"),
    op("search by code", 20, "GET", "/api/v1/patients?search={code}&page_size=10"),
    op("change", 40, "PATCH", "/api/v1/patients/{patient}", body='{"city":"Pune {digits}","known_allergies":"none"}', kind=JSON),
    op("quick-register", 15, "POST", "/api/v1/patients/quick-register", expect=201, kind=JSON,
       body='{"first_name":"Asha","last_name":"Bench","phone_primary":"98{digits}{digits}","gender":"FEMALE","city":"Pune","age_only":41}'),
    op("quick-register, with key", 10, "POST", "/api/v1/patients/quick-register", expect=201, kind=JSON + "\r\nIdempotency-Key: {unique}",
       body='{"first_name":"Ravi","last_name":"Bench","phone_primary":"97{digits}{digits}","gender":"MALE","city":"Pune","age_only":52}'),
    op("register", 10, "POST", "/api/v1/patients", expect=201, kind=JSON,
       body='{"first_name":"Meera","last_name":"Bench","dob":"1980-02-03","gender":"FEMALE","blood_group":"O+"}'),
    op("page: home", 10, "GET", "/home", "page", expect=303),
    op("page: today", 70, "GET", "/today", "page"),
    op("page: patients", 90, "GET", "/patients", "page"),
    op("page: patients by sex", 20, "GET", "/patients?gender=MALE&registered=week", "page"),
    op("page: search", 50, "POST", "/patients/search", "page", body="search={name}&gender=&registered=", kind=FORM),
    op("page: patient", 70, "GET", "/patients/{patient}", "page"),
    op("page: registration form", 15, "GET", "/patients/new", "page"),
    op("page: form for changes", 20, "GET", "/patients/{patient}/edit", "page"),
    op("console: hospitals", 10, "GET", "/console/hospitals", "console"),
    op("console: search", 5, "POST", "/console/hospitals/search", "console", body="search=bench&status=&page=1", kind=FORM),
    op("hospitals", 10, "GET", "/api/v1/platform/tenants?page=1&page_size=50", "operator"),
]

SHOW = [operation for operation in OPERATIONS if operation["name"] == "show"]
REGISTER = [operation for operation in OPERATIONS if operation["name"] == "quick-register"]
CHANGE = [operation for operation in OPERATIONS if operation["name"] == "change"]
# What a desk looks at, in the shares of the whole.
READS = [operation for operation in OPERATIONS if operation["method"] == "GET" and operation["who"] == "staff"]
SIGN_IN = [
    op("sign in", 1, "POST", "/api/v1/auth/login", "nobody", kind=FORM + "\r\nX-Forwarded-For: {address}",
       body="username=h{hospital}@bench.example&password=Correct-Horse-7&grant_type=password"),
]
