/// The functions that every template has.
enum BuiltinTable {
    /// A built-in function. `limit` is how many bytes of text it may make.
    typealias Body = @Sendable (_ arguments: [GoValue], _ limit: Int) throws -> GoValue

    /// What evaluates a function.
    enum Kind: Sendable {
        case function(Body)
        /// `and` and `or`: arguments are evaluated until one decides.
        case shortCircuit(decidingTruth: Bool)
        /// `call`
        case call
    }

    /// A function of the table.
    struct Entry: Sendable {
        let signature: GoSignature
        let kind: Kind
    }

    static let entries: [String: Entry] = [
        "and": Entry(signature: many(.value), kind: .shortCircuit(decidingTruth: false)),
        "call": Entry(signature: many(.value), kind: .call),
        "eq": function(many(.bool)) { .bool(try Comparison.equal($0[0], $0.dropFirst())) },
        "ge": function(two) { .bool(try !Comparison.less($0[0], $0[1])) },
        "gt": function(two) { .bool(try !Comparison.lessOrEqual($0[0], $0[1])) },
        "html": text { TextEscaping.html($0) },
        "index": function(many(.value)) { try Indexing.index($0[0], $0.dropFirst()) },
        "js": text { TextEscaping.javaScript($0) },
        "le": function(two) { .bool(try Comparison.lessOrEqual($0[0], $0[1])) },
        "len": function(one(.int)) { .int(try Indexing.length($0[0])) },
        "lt": function(two) { .bool(try Comparison.less($0[0], $0[1])) },
        "ne": function(two) { .bool(try !Comparison.equal($0[0], [$0[1]])) },
        "not": function(one(.bool)) { .bool(!$0[0].isTrue) },
        "or": Entry(signature: many(.value), kind: .shortCircuit(decidingTruth: true)),
        "print": printer([]) { $0.printAll($1) },
        "printf": printer([.string]) { $0.printf($1[0].asString?.bytes ?? [], Array($1.dropFirst())) },
        "println": printer([]) { $0.printLine($1) },
        "slice": function(many(.value)) { try Indexing.slice($0[0], $0.dropFirst()) },
        "urlquery": text { TextEscaping.urlQuery($0) },
    ]

    // MARK: Signatures

    private static func one(_ result: GoType) -> GoSignature { GoSignature([.value], returns: result) }

    private static let two = GoSignature([.value, .value], returns: .bool)

    private static func many(_ result: GoType) -> GoSignature {
        GoSignature([.value], variadic: .value, returns: result)
    }

    // MARK: Kinds of functions

    private static func function(
        _ signature: GoSignature, _ body: @escaping @Sendable ([GoValue]) throws -> GoValue
    ) -> Entry {
        Entry(signature: signature, kind: .function { arguments, _ in try body(arguments) })
    }

    /// A function of the text that its arguments print as.
    private static func text(_ convert: @escaping @Sendable ([UInt8]) -> [UInt8]) -> Entry {
        let body: Body = { arguments, limit in
            .string(GoString(bytes: convert(try print(arguments, limit) { $0.printIndirect($1) })))
        }
        return Entry(signature: GoSignature([], variadic: .any, returns: .string), kind: .function(body))
    }

    private static func printer(
        _ parameters: [GoType], _ body: @escaping @Sendable (inout GoPrinter, [GoValue]) -> Void
    ) -> Entry {
        let body: Body = { arguments, limit in
            .string(GoString(bytes: try print(arguments, limit, body)))
        }
        return Entry(signature: GoSignature(parameters, variadic: .any, returns: .string), kind: .function(body))
    }

    private static func print(
        _ arguments: [GoValue], _ limit: Int, _ body: (inout GoPrinter, [GoValue]) -> Void
    ) throws(GoError) -> [UInt8] {
        var printer = GoPrinter(limit: limit)
        body(&printer, arguments)
        if printer.isFull { throw .textLimit }
        return printer.output
    }
}

extension GoError {
    /// A text became longer than the limits allow; the caller replaces it with an error that says so.
    static let textLimit = GoError("text is too long")
}
