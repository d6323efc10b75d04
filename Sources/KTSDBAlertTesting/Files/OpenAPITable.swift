import KTSDBModel
import KTSDBNotify
internal import PrometheusWire

/// `am_openapi.json`: every endpoint of Alertmanager's API with its parameters, and the form of its answers.
struct OpenAPITable {
    static let table = AlertTable("am_openapi.json") { description, _, result in
        let forms = OpenAPIForms(description["definitions"] ?? .empty)
        result.check("base path and types") {
            try check(description["base_path"]?.text, is: "/api/v2/")
            try check(description["consumes"]?.texts, is: ["application/json"])
            try check(description["produces"]?.texts, is: ["application/json"])
        }
        for endpoint in description["endpoints"]?.list ?? [] {
            let name = "\(endpoint["method"]?.text ?? "") \(endpoint["path"]?.text ?? "")"
            result.check(name) {
                var scene = try OpenAPIScene()
                try OpenAPITable(endpoint: endpoint, forms: forms).checkEndpoint(&scene)
            }
        }
    }

    let endpoint: TableValue
    let forms: OpenAPIForms

    private func checkEndpoint(_ scene: inout OpenAPIScene) throws {
        let own = try need(
            APIEndpoint(rawValue: endpoint["operation"]?.text ?? ""), "an endpoint \(endpoint["operation"] ?? .empty)")
        try check(own.method, is: endpoint["method"]?.text, "the method")
        try check(own.path, is: endpoint["path"]?.text, "the path")
        let parameters = endpoint["parameters"]?.list ?? []
        try send("", &scene, expecting: 200)
        for parameter in parameters {
            let name = parameter["name"]?.text ?? ""
            switch parameter["in"]?.text {
            case "query": try checkQuery(name, parameter, &scene)
            case "path": try checkPath(&scene)
            case "body": try checkBody(parameter, &scene)
            default: throw CheckFailure(what: name, expected: "a place that is known", got: "\(parameter)")
            }
        }
    }

    /// Sends the request of the scene, and checks the form of the answer.
    @discardableResult
    private func send(
        _ query: String, _ scene: inout OpenAPIScene, id: String? = nil, body: String? = nil, expecting status: Int
    ) throws -> JSONTree {
        let method = endpoint["method"]?.text ?? "", path = endpoint["path"]?.text ?? ""
        let answer = scene.send(method, path, query: query, id: id, body: body)
        let what = "\(method) \(path)?\(query) \(body ?? "")"
        try check(answer.status, is: status, what)
        let value = try answer.json()
        // What the framework refuses is described nowhere.
        if value["code"] != nil { return value }
        let answers = try need(endpoint["answers"])
        try check(answers.members.keys.contains("\(status)"), "an answer with status \(status)", got: value)
        if let form = answers["\(status)"] {
            try forms.check(value, form, what)
        } else {
            try check(value, is: .null, what)
        }
        return value
    }

    /// A parameter of the query changes the answer; what is malformed is refused.
    private func checkQuery(_ name: String, _ parameter: TableValue, _ scene: inout OpenAPIScene) throws {
        let all = try send("", &scene, expecting: 200)
        if parameter["type"]?.text == "boolean" {
            try check(parameter["default"]?.flag, is: true, "the default of \(name)")
            try check(try send("\(name)=true", &scene, expecting: 200), is: all, name)
            let less = try send("\(name)=false", &scene, expecting: 200)
            // No alert waits to be looked at.
            if name != "unprocessed" { try check(less != all, "\(name)=false to change the answer") }
            return
        }
        let values = try need(OpenAPIScene.values[name], "a value for \(name)")
        let less = try send("\(name)=\(values.some)", &scene, expecting: 200)
        try check(less != all && less != .array([]), "\(name)=\(values.some) to choose", got: less)
        if parameter["collectionFormat"]?.text == "multi" {
            let both = try send("\(name)=\(values.some)&\(name)=\(values.none)", &scene, expecting: 200)
            try check(both, is: .array([]), "two of \(name)")
        }
        try send("\(name)=\(values.none)", &scene, expecting: 200)
        try send("\(name)=\(values.malformed)", &scene, expecting: 400)
    }

    private func checkPath(_ scene: inout OpenAPIScene) throws {
        try send("", &scene, id: "6f0b5d35-6b0b-4c2f-8f39-9d5c1a1a0c11", expecting: 404)
        try send("", &scene, id: "nope", expecting: 422)
    }

    /// A body with everything is taken, one without something required is not.
    private func checkBody(_ parameter: TableValue, _ scene: inout OpenAPIScene) throws {
        let form = try need(parameter["type"]?.text)
        for (name, body) in try forms.incomplete(form, scene.example(form)) {
            let answer = try send("", &scene, body: body, expecting: 422)
            try check(
                answer["message"]?.text?.hasSuffix("\(name) in body is required") ?? false, "\(name) to be required",
                got: answer)
        }
        try send("", &scene, body: "", expecting: 422)
        try send("", &scene, body: "{", expecting: 400)
    }
}
