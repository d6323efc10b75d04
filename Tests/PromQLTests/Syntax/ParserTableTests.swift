import KTSDBTesting
import PromQL
import Testing

@Suite(.enabled(if: ConformanceData.directory != nil, "\(ConformanceData.skipNotice)"))
struct `The parser agrees with Prometheus` {
    /// The tables were made with all features on but fill modifiers.
    static let options: ParserOptions = {
        var options = ParserOptions.everything
        options.fillModifiers = false
        return options
    }()

    @Test func `on which expressions are valid, and on kind and type of the valid ones`() throws {
        for item in try ParserTables.cases("expressions.json") where item["valid"] as? Bool == true {
            let bytes = try ParserTables.bytes(item["expr"])
            let text = String(decoding: bytes, as: UTF8.self)
            do {
                let expression = try parse(utf8: bytes, options: Self.options)
                #expect(expression.kind == item["root"] as? String, "\(text)")
                #expect(expression.type.rawValue == item["type"] as? String, "\(text)")
            } catch {
                Issue.record("\(text): \(error.errors)")
            }
        }
    }

    @Test func `on all errors of the others, in order, with their places`() throws {
        for item in try ParserTables.cases("expressions.json") where item["valid"] as? Bool == false {
            let bytes = try ParserTables.bytes(item["expr"])
            let text = String(decoding: bytes, as: UTF8.self)
            let expected = try #require(item["errors"] as? [[String: Any]])
            do {
                let expression = try parse(utf8: bytes, options: Self.options)
                Issue.record("\(text) was parsed as \(expression), expected \(expected)")
            } catch {
                #expect(error.errors.map(\.message) == expected.map { $0["message"] as? String }, "\(text)")
                for (found, wanted) in zip(error.errors, expected) where wanted["start"] != nil {
                    #expect(found.range.lowerBound == wanted["start"] as? Int, "\(text): \(found.message)")
                    #expect(found.range.upperBound == wanted["end"] as? Int, "\(text): \(found.message)")
                }
            }
        }
    }

    @Test func `on the canonical form`() throws {
        for item in try ParserTables.cases("print.json") {
            let bytes = try ParserTables.bytes(item["expr"])
            let expression = try parse(utf8: bytes, options: .everything)
            #expect(expression.description == item["out"] as? String)
        }
    }

    @Test func `on the form over several lines`() throws {
        for item in try ParserTables.cases("prettify.json") {
            let bytes = try ParserTables.bytes(item["expr"])
            let expression = try parse(utf8: bytes, options: .everything)
            #expect(expression.pretty(maximumWidth: 10) == item["out"] as? String)
        }
    }
}

extension Expression {
    /// The name of the node in the tables.
    var kind: String {
        switch self {
        case .number: "NumberLiteral"
        case .string: "StringLiteral"
        case .vectorSelector: "VectorSelector"
        case .matrixSelector: "MatrixSelector"
        case .subquery: "SubqueryExpr"
        case .unary: "UnaryExpr"
        case .binary: "BinaryExpr"
        case .aggregation: "AggregateExpr"
        case .call: "Call"
        case .parentheses: "ParenExpr"
        }
    }
}
