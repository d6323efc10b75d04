/// An endpoint of the API, as it is described.
struct DescribedOperation: Sendable {
    typealias Value = DescriptionValue

    struct Parameter: Sendable {
        let name: String
        let schema: Value
        let isRequired: Bool
        let isRepeated: Bool
        let meaning: String
    }

    enum Answer: Sendable {
        /// The JSON envelope with data of this schema.
        case data(Value)
        /// The JSON envelope, or a text for clients that accept `text/plain`.
        case dataOrText(Value)
        /// JSON without the envelope.
        case json(Value)
        /// Content of another type.
        case content(String)
        /// A status without content.
        case empty(String)
    }

    /// The feature that has to be switched on for the endpoint to be served.
    enum Need: Sendable {
        case nothing
        case adminAPI
        case search
    }

    let path: String
    let methods: [String]
    let summary: String
    let parameters: [Parameter]
    let answer: Answer
    var need = Need.nothing
    /// The type of the request's body, if it is not a form.
    var bodyType: String?
    /// Further answers that only this endpoint gives, by status.
    var others: [(status: String, answer: Answer)] = []

    init(
        _ path: String, _ methods: [String] = ["get"], _ summary: String, _ parameters: [Parameter] = [],
        _ answer: Answer
    ) {
        self.path = path
        self.methods = methods
        self.summary = summary
        self.parameters = parameters
        self.answer = answer
    }

    /// Returns a copy that is only served if `need` is switched on.
    func needing(_ need: Need) -> Self {
        var operation = self
        operation.need = need
        return operation
    }

    /// Returns a copy with another answer.
    func with(_ status: String, _ answer: Answer) -> Self {
        var operation = self
        operation.others.append((status, answer))
        return operation
    }

    /// Returns a copy that takes a body of this type.
    func taking(_ bodyType: String) -> Self {
        var operation = self
        operation.bodyType = bodyType
        return operation
    }

    /// The description of the path with all its methods.
    var item: Value { .map(methods.map { (key: $0, value: operation($0)) }) }

    private func operation(_ method: String) -> Value {
        var pairs: [(key: String, value: Value)] = [("summary", .text(summary)), ("operationId", .text(id(method)))]
        let isForm = method == "post" && methods.contains("get")
        let inPath = parameters.filter { path.contains("{\($0.name)}") }
        let listed = isForm ? inPath : parameters
        if !listed.isEmpty { pairs.append(("parameters", .list(listed.map(description)))) }
        if isForm, inPath.count < parameters.count { pairs.append(("requestBody", form)) }
        if let bodyType { pairs.append(("requestBody", .map([("content", .map([(bodyType, .map([]))]))]))) }
        pairs.append(("responses", .map(responses(method))))
        return .map(pairs)
    }

    private func id(_ method: String) -> String {
        let words = path.split { !$0.isLetter && !$0.isNumber }.map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return method + words.joined()
    }

    private func description(_ parameter: Parameter) -> Value {
        let isInPath = path.contains("{\(parameter.name)}")
        return .map([
            ("name", .text(parameter.name)), ("in", .text(isInPath ? "path" : "query")),
            ("required", .flag(parameter.isRequired)), ("description", .text(parameter.meaning)),
            ("schema", parameter.wholeSchema),
        ])
    }

    private var form: Value {
        let fields = parameters.map { (key: $0.name, value: $0.wholeSchema) }
        let required = parameters.filter(\.isRequired).map { Value.text($0.name) }
        var schema: [(key: String, value: Value)] = [("type", "object"), ("properties", .map(fields))]
        if !required.isEmpty { schema.append(("required", .list(required))) }
        return ["content": ["application/x-www-form-urlencoded": ["schema": .map(schema)]]]
    }
}

extension DescribedOperation.Parameter {
    static func one(
        _ name: String, _ schema: DescriptionValue = DescribedSchema.text, _ meaning: String, required: Bool = false
    ) -> Self {
        Self(name: name, schema: schema, isRequired: required, isRepeated: false, meaning: meaning)
    }

    static func several(_ name: String, _ meaning: String, required: Bool = false) -> Self {
        Self(name: name, schema: DescribedSchema.text, isRequired: required, isRepeated: true, meaning: meaning)
    }

    /// Returns a text parameter.
    static func one(_ name: String, _ meaning: String, required: Bool = false) -> Self {
        one(name, DescribedSchema.text, meaning, required: required)
    }

    /// A copy that is required.
    var required: Self {
        Self(name: name, schema: schema, isRequired: true, isRepeated: isRepeated, meaning: meaning)
    }

    /// The schema of the parameter: of a list, if it can be repeated.
    fileprivate var wholeSchema: DescriptionValue {
        guard isRepeated else { return schema }
        guard isRequired else { return DescribedSchema.list(schema) }
        return ["type": "array", "items": schema, "minItems": .number(1)]
    }
}
