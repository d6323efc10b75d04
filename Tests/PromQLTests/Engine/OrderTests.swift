import KTSDBModel
import KTSDBTesting
import PromQL
import Testing

@Suite struct `The order of an instant vector` {
    static func labels(_ expression: String) throws -> [String] {
        var database = ReferenceDatabase()
        for (name, value) in [("b", 1.0), ("c", 3), ("a", 2)] {
            database.append(
                [Sample(timestamp: Timestamp(milliseconds: 0), value: value)], to: ["__name__": "x", "l": name])
        }
        let result = try PromQLEngine().evaluate(
            parse(expression), text: expression, at: Timestamp(milliseconds: 0), in: database)
        guard case .vector(let elements) = result.value else { return [] }
        return elements.map { $0.labels["l"] ?? "" }
    }

    @Test func `is that of the labels`() throws {
        #expect(try Self.labels("x") == ["a", "b", "c"])
        #expect(try Self.labels("sum by (l) (x)") == ["a", "b", "c"])
    }

    @Test func `is that of the expression where it has one`() throws {
        #expect(try Self.labels("sort_desc(x)") == ["c", "a", "b"])
        #expect(try Self.labels("(topk(2, x))") == ["c", "a"])
    }
}
