/// Writes random expressions in the whole language, most of them valid, in odd spellings.
package struct ExpressionGenerator {
    package var random: SeededGenerator

    package init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    /// Writes an expression whose value is an instant vector, mostly.
    package mutating func vector(_ depth: Int) -> String {
        if depth <= 0 { return selector() }
        switch random.below(12) {
        case 0, 1: return selector()
        case 2, 3: return binary(depth)
        case 4: return aggregation(depth)
        case 5: return "(\(space())\(vector(depth - 1))\(space()))"
        case 6: return random.pick(["-", "+", "- "]) + vector(depth - 1)
        case 7: return random.pick(["abs", "ceil", "sort_desc", "timestamp", "hour"]) + "(\(vector(depth - 1)))"
        case 8: return random.pick(["rate", "increase", "sum_over_time"]) + space() + "(\(matrix(depth - 1)))"
        case 9: return "clamp(\(vector(depth - 1)),\(space())\(scalar(depth - 1)), \(scalar(depth - 1)))"
        case 10: return "label_join(\(vector(depth - 1)), \(string()), \(string()), \(string()), \(string()))"
        default: return "vector(\(scalar(depth - 1)))"
        }
    }

    package mutating func scalar(_ depth: Int) -> String {
        if depth <= 0 || random.oneIn(2) { return number() }
        switch random.below(5) {
        case 0: return "scalar(\(vector(depth - 1)))"
        case 1: return "(\(scalar(depth - 1)))"
        case 2:
            return "\(scalar(depth - 1)) \(random.pick(["+", "-", "*", "/", "%", "^", "atan2"])) \(scalar(depth - 1))"
        case 3: return random.pick(["time()", "pi()", "step()", "range()", "start()", "max_of(1, 2)"])
        default: return "-" + scalar(depth - 1)
        }
    }

    package mutating func matrix(_ depth: Int) -> String {
        if depth <= 0 || random.oneIn(2) {
            let ends = random.pick(["", "", " anchored", " smoothed"])
            return name() + matchers() + "[\(window())]" + ends + modifiers()
        }
        let step = random.oneIn(2) ? "" : window()
        return vector(depth - 1).asSubqueryOperand + "[\(window()):\(step)]" + modifiers()
    }

    private mutating func binary(_ depth: Int) -> String {
        let arithmetic = ["+", "-", "*", "/", "%", "^", "atan2", "</", ">/"]
        let comparison = ["==", "!=", "<", "<=", ">", ">="]
        switch random.below(4) {
        case 0:
            let operation = random.pick(["and", "or", "unless", "AND"])
            let labels = random.oneIn(2) ? " on (\(labels()))" : ""
            return "\(vector(depth - 1)) \(operation)\(labels) \(vector(depth - 1))"
        case 1:
            let bool = random.oneIn(2) ? " bool" : ""
            return "\(vector(depth - 1)) \(random.pick(comparison))\(bool)\(matching()) \(vector(depth - 1))"
        case 2: return "\(vector(depth - 1)) \(random.pick(arithmetic)) \(scalar(depth - 1))"
        default: return "\(vector(depth - 1))\(space())\(random.pick(arithmetic))\(matching()) \(vector(depth - 1))"
        }
    }

    private mutating func matching() -> String {
        var text = ""
        if random.oneIn(2) {
            text += random.pick([" on", " ignoring"]) + "(\(labels()))"
            if random.oneIn(2) { text += random.pick([" group_left", " group_right (x)", " group_left()"]) }
        }
        let fills = ["", "", " fill(\(number()))", " fill_left (-1)", " fill_right(0) fill_left(2e30)"]
        return text + random.pick(fills)
    }

    private mutating func aggregation(_ depth: Int) -> String {
        var arguments = vector(depth - 1)
        let operation: String
        switch random.below(4) {
        case 0:
            operation = random.pick(["topk", "bottomk", "quantile", "limitk", "limit_ratio"])
            arguments = "\(scalar(depth - 1)), \(arguments)"
        case 1:
            operation = "count_values"
            arguments = "\(string()), \(arguments)"
        default: operation = random.pick(["sum", "avg", "min", "MAX", "count", "group", "stddev", "stdvar"])
        }
        let grouping = random.pick(["", "by (\(labels()))", "without(\(labels()))"])
        if random.oneIn(2) { return "\(operation) \(grouping) (\(arguments))" }
        return "\(operation)(\(arguments)) \(grouping)"
    }

    private mutating func labels() -> String {
        let names = [
            "a", "b_1", "job", "sum", "on", "by", "offset", "\"c.d\"", "\"\\u00e9\"", "`x y`", "start", "bool",
        ]
        let list = (0..<random.below(3)).map { _ in random.pick(names) }.joined(separator: ", ")
        return list.isEmpty || !random.oneIn(4) ? list : list + ","
    }

    private mutating func selector() -> String {
        let ends = random.oneIn(10) ? " smoothed" : ""
        switch random.below(4) {
        case 0: return "{\(string()), \(matcher())}" + ends + modifiers()
        case 1: return "{a=\"b\", \(matcher())}" + modifiers()
        case 2: return name() + modifiers() + ends
        default: return name() + space() + matchers() + modifiers()
        }
    }

    private mutating func name() -> String {
        random.pick([
            "x", "up", "node:cpu:rate5m", ":a", "sum", "offset", "by", "step", "End", "max_of", "fill", "anchored",
        ])
    }

    private mutating func matchers() -> String {
        "{" + (0..<random.below(3)).map { _ in matcher() }.joined(separator: ",") + "}"
    }

    private mutating func matcher() -> String {
        let name = random.pick(["a", "job", "on", "\"x.y\"", "'it''s'".replacing("''", with: "\\'"), "``"])
        let pattern = random.pick(["\"a.*\"", "\"\"", "`\\d+`", "'x|y'"])
        return name + space()
            + (random.oneIn(2) ? random.pick(["=", "!="]) + string() : random.pick(["=~", "!~"]) + pattern)
    }

    private mutating func modifiers() -> String {
        let offset = random.oneIn(3) ? " offset " + offset() : ""
        let at = random.oneIn(4) ? " @ " + random.pick(["start()", "end()", "1.5", "-12", "1e9", "5m", "+0x1f"]) : ""
        return random.oneIn(2) ? offset + at : at + offset
    }

    private mutating func offset() -> String {
        switch random.below(6) {
        case 0: "-" + random.pick(["1h", "5", "step()", "(3m)", "max_of(1,2s)"])
        case 1: "(\(duration(2)))"
        case 2: "+" + random.pick(["(7)", "range()", "2.5"])
        case 3: random.pick(["--5", "-+(5m)", "- -step()", "0s", "0.0001"])
        default: random.pick(["5m", "1h30m", "90d", "1y1w", "300", "1.5", "0x10", "7ms"])
        }
    }

    private mutating func window() -> String {
        random.oneIn(3) ? duration(2) : random.pick(["5m", "1h30m5s", "300", "1.5", "1d", "0.0005", "1y", "12w6d"])
    }

    private mutating func duration(_ depth: Int) -> String {
        if depth <= 0 { return random.pick(["5m", "10", "1.5", "1h", "step()", "range()"]) }
        switch random.below(6) {
        case 0: return "(\(duration(depth - 1)))"
        case 1: return "\(random.pick(["min_of", "MAX_OF"]))(\(duration(depth - 1)), \(duration(depth - 1)))"
        case 2: return "-" + duration(depth - 1)
        case 3: return duration(0)
        default:
            return duration(depth - 1) + space() + random.pick(["+", "-", "*", "/", "%", "^"]) + duration(depth - 1)
        }
    }

    private mutating func number() -> String {
        random.pick([
            "1", "0", "-1", "2.5", ".5", "5.", "1e3", "1E-7", "0x1F", "017", "Inf", "+inf", "NaN", "1_000", "5m",
            "1h30m",
            "123456789012345678901234567890", "4.9e-324", "0.1",
        ])
    }

    private mutating func string() -> String {
        random.pick([
            "\"x\"", "'a\\'b'", "`raw\\n`", "\"tab\\t\\x00\\u00e9\"", "\"\\xff\"", "\"日本\"", "\"\\U0001F600\"",
        ])
    }

    private mutating func space() -> String { random.pick(["", "", " ", "\n", "\t", " # note\n"]) }
}

extension String {
    /// In parentheses, because a subquery's brackets bind more tightly than anything before them.
    fileprivate var asSubqueryOperand: String { "(\(self))" }
}
