import KTSDBTesting

/// An expression and the times to evaluate it at, in seconds since 1970.
struct Question {
    var expression: String
    /// Seven seconds after a multiple of ten, so that windows of whole tens of seconds never end at a point of a
    /// subquery.
    var start: Int64
    /// A multiple of ten; 0 means an instant query.
    var step: Int64
    var steps: Int64

    var end: Int64 { start + step * (steps - 1) }
}

/// Writes random questions that Prometheus 2 and 3 answer alike; see ``SampleWorld`` for what that requires.
struct QuestionGenerator {
    var random: SeededGenerator
    /// Whether the expression being written is evaluated at points of a subquery, which are multiples of ten seconds.
    private var isInSubquery = false

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func next() -> Question {
        let second = SampleWorld.start / 1000 + Int64(random.below(Int(SampleWorld.hours) * 360)) * 10 + 7
        isInSubquery = false
        let depth = 1 + random.below(4)
        let expression =
            random.oneIn(12) ? scalar(depth) : random.oneIn(4) ? histogram(min(depth, 3)) : vector(depth)
        guard !random.oneIn(5) else { return Question(expression: expression, start: second, step: 0, steps: 1) }
        let step = Int64(random.pick([10, 20, 30, 60, 60, 120, 300, 610]))
        return Question(expression: expression, start: second, step: step, steps: Int64(1 + random.below(30)))
    }

    // MARK: Vectors

    private mutating func vector(_ depth: Int) -> String {
        guard depth > 0 else { return selector() }
        switch random.below(17) {
        case 14, 15, 16: return ofHistograms(depth)
        case 0: return selector()
        case 1, 2, 3: return aggregation(depth)
        case 4, 5, 6: return binary(depth)
        case 7, 8, 9: return overWindow(depth)
        case 10: return "(\(vector(depth - 1)))"
        case 11: return "-" + vector(0)
        default: return call(depth)
        }
    }

    private mutating func call(_ depth: Int) -> String {
        let inner = vector(depth - 1)
        switch random.below(11) {
        case 9: return "\(random.pick(["sin", "cos", "tan", "atan", "sinh", "cosh", "tanh", "asinh"]))(\(name("g")))"
        case 0:
            return
                "\(random.pick(["abs", "ceil", "floor", "sgn", "sqrt", "ln", "log2", "log10", "exp", "deg"]))(\(inner))"
        case 1: return "round(\(inner), \(random.pick(["1", "0.5", "10", "0.1", "-2"])))"
        case 2: return "clamp(\(inner), \(number()), \(number()))"
        case 3: return "\(random.pick(["clamp_min", "clamp_max"]))(\(inner), \(scalar(depth - 1)))"
        // Only for a selector without modifiers: Prometheus 3 ignores an offset next to an `@` here.
        case 4: return "timestamp(\(random.oneIn(2) ? name(random.pick(["g", "n", "w"])) : "abs(\(inner))"))"
        case 5:
            // Only for times that are whole numbers; the result for NaN depends on the compiler.
            let parts = [
                "minute", "hour", "month", "year", "day_of_week", "day_of_month", "days_in_month", "day_of_year",
            ]
            let time = random.oneIn(2) ? "timestamp(abs(\(inner)))" : selector(random.pick(["g", "n", "c_total"]))
            return "\(random.pick(parts))(\(time))"
        case 6: return "absent(\(inner))"
        case 7:
            let pattern = random.pick(["(.*)", "([ab])", "(.)(.*)", "x?"])
            let replacement = random.pick(["$1", "v-$1", "", "$2$1"])
            return "label_replace(\(inner), \"\(label())\", \"\(replacement)\", \"\(label())\", \"\(pattern)\")"
        case 8: return "label_join(\(inner), \"\(random.pick(["new", "job"]))\", \"-\", \"\(label())\", \"\(label())\")"
        default: return "\(random.pick(["sort", "sort_desc"]))(\(inner))"
        }
    }

    private mutating func aggregation(_ depth: Int) -> String {
        let grouping = random.pick(["", " by (\(labels()))", " by (\(labels()))", " without (\(labels()))"])
        switch random.below(8) {
        case 0:
            // Of equal values, either may be among the first, so only for values that all differ.
            return "\(random.pick(["topk", "bottomk"]))\(grouping) (\(random.pick(["1", "2", "3", "0"])), \(name("d")))"
        case 1:
            let quantile = random.pick(["0", "0.5", "0.9", "1", "2", "-1", "0.25", "NaN"])
            return "quantile\(grouping) (\(quantile), \(vector(depth - 1)))"
        case 2: return "count_values\(grouping) (\"\(random.pick(["v", "job"]))\", \(selector("n")))"
        default:
            let operation = random.pick([
                "sum", "sum", "avg", "min", "max", "count", "group", "stddev", "stdvar", "count", "max",
            ])
            return "\(operation)\(grouping) (\(vector(depth - 1)))"
        }
    }

    private mutating func binary(_ depth: Int) -> String {
        // Not atan2: Prometheus 2 keeps the metric's name there.
        let arithmetic = ["+", "-", "*", "/", "%", "^"], comparison = ["==", "!=", "<", "<=", ">", ">="]
        let left = operand(depth)
        switch random.below(6) {
        case 0: return "\(left) \(random.pick(["and", "or", "unless"]))\(setMatching()) \(operand(depth))"
        case 1: return "\(left) \(random.pick(arithmetic)) \(scalar(depth - 1))"
        case 2: return "\(scalar(depth - 1)) \(random.pick(arithmetic)) \(left)"
        case 3:
            let bool = random.oneIn(3) ? " bool" : ""
            return random.oneIn(3)
                ? "\(number()) \(random.pick(comparison))\(bool) \(left)"
                : "\(left) \(random.pick(comparison))\(bool) \(scalar(depth - 1))"
        case 4:
            let bool = random.oneIn(3) ? " bool" : ""
            return "\(left) \(random.pick(comparison))\(bool)\(matching()) \(operand(depth))"
        default: return "\(left) \(random.pick(arithmetic))\(matching()) \(operand(depth))"
        }
    }

    private mutating func operand(_ depth: Int) -> String {
        let inner = vector(random.oneIn(2) ? 0 : depth - 1)
        return "(\(inner))"
    }

    private mutating func setMatching() -> String {
        random.pick(["", "", " on (\(labels()))", " ignoring (\(labels()))"])
    }

    private mutating func matching() -> String {
        switch random.below(8) {
        case 0: " on (job, instance)"
        case 1: " on (job, instance) group_left (\(random.oneIn(2) ? "" : label()))"
        case 2: " on (job) group_right ()"
        case 3: " ignoring (\(labels()))"
        case 4: " ignoring (zone, le) group_left ()"
        case 5: " on (\(labels()))"
        default: ""
        }
    }

    // MARK: Windows

    private mutating func overWindow(_ depth: Int) -> String {
        switch random.below(10) {
        case 0, 1:
            return "\(random.pick(["rate", "increase"]))(\(window(of: random.pick(["c_total", "b_bucket"]), depth)))"
        case 2: return "irate(\(window(of: "c_total", depth)))"
        case 3:
            return "histogram_quantile(\(random.pick(["0.5", "0.9", "0", "1", "-1", "2", "0.99"])), "
                + random.pick(["", "sum by (le, job) "]) + "(rate(\(window(of: "b_bucket", 0)))))"
        case 4: return "quantile_over_time(\(random.pick(["0.5", "0", "1", "0.9", "2"])), \(anyWindow(depth)))"
        case 5:
            // Without `@`: Prometheus 2 moves the window all the same.
            return "predict_linear(\(random.pick(["g", "n"]))\(matchers())[\(width())], \(number()))"
        case 6, 7:
            return "\(random.pick(["deriv", "delta", "idelta"]))(\(window(of: random.pick(["g", "n", "d"]), depth)))"
        default:
            let functions = [
                "min_over_time", "max_over_time", "count_over_time", "present_over_time", "last_over_time", "changes",
                "resets", "absent_over_time",
            ]
            // Prometheus 3 handles sums that are not finite differently.
            let sums = ["avg_over_time", "sum_over_time", "stddev_over_time", "stdvar_over_time"]
            switch random.below(3) {
            case 0: return "\(random.pick(functions))(\(window(of: "w", depth)))"
            case 1: return "\(random.pick(sums))(\(window(of: random.pick(["g", "n", "d", "z", "c_total"]), depth)))"
            default: return "\(random.pick(functions))(\(anyWindow(depth)))"
            }
        }
    }

    /// Writes a range vector: the samples of a metric, or its points in a subquery.
    private mutating func window(of metric: String, _ depth: Int) -> String {
        guard depth > 0, random.oneIn(3) else {
            return "\(metric)\(matchers())[\(width())]\(modifiers())"
        }
        return subquery { "\($0.selector(metric))" }
    }

    private mutating func anyWindow(_ depth: Int) -> String {
        depth > 0 && random.oneIn(2)
            ? subquery { "(\($0.vector(depth - 1)))" } : window(of: random.pick(["g", "n", "up", "z"]), depth)
    }

    private mutating func subquery(_ inner: (inout QuestionGenerator) -> String) -> String {
        let range =
            isInSubquery ? random.pick(["65s", "5m5s", "10m15s"]) : random.pick(["1m", "5m", "10m", "30m", "70s"])
        let step = random.pick(["", "10s", "30s", "1m", "2m", "5m"])
        let modifiers = modifiers()
        let outer = isInSubquery
        isInSubquery = true
        defer { isInSubquery = outer }
        return "\(inner(&self))[\(range):\(step)]\(modifiers)"
    }

    private mutating func width() -> String { random.pick(["15s", "30s", "1m", "2m", "5m", "5m", "10m", "1h", "95s"]) }

    // MARK: Native histograms

    /// Writes a vector of native histograms, some of them of `hx` with floats: only what Prometheus 2.42 neither takes
    /// for zeros nor leaves out.
    private mutating func histogram(_ depth: Int) -> String {
        guard depth > 0 else { return selector(random.pick(["h", "hf", "hg", "hgf", "hs", "hsf", "hx", "hxf"])) }
        switch random.below(10) {
        case 0: return histogram(0)
        case 1, 2:
            // Only for counters: resets of others, which both gain and lose observations, are detected differently.
            return "\(random.pick(["rate", "increase"]))(\(histogramWindow(["h", "hf", "hx", "hxf", "hs", "hsf"])))"
        case 3:
            return random.oneIn(4) && depth > 1
                ? "delta(\(subquery { "(\($0.histogram(depth - 1)))" }))"
                : "delta(\(histogramWindow(["hg", "hgf", "h", "hf", "hx", "hxf", "hs", "hsf"])))"
        case 4, 5:
            let grouping = random.pick(["", " by (\(labels()))", " by (\(labels()))", " without (\(labels()))"])
            return "sum\(grouping) (\(histogram(depth - 1)))"
        case 6, 7: return "(\(histogram(depth - 1))) +\(matching()) (\(histogram(depth - 1)))"
        case 8:
            let other = random.oneIn(3) ? vector(depth - 1) : histogram(depth - 1)
            return "(\(histogram(depth - 1))) \(random.pick(["and", "or", "unless"]))\(setMatching()) (\(other))"
        default: return "(\(histogram(depth - 1)))"
        }
    }

    /// Writes a range vector: the samples of one of some metrics, or its points in a subquery.
    private mutating func histogramWindow(_ metrics: [String]) -> String {
        let metric = random.pick(metrics)
        guard random.oneIn(5) else { return "\(metric)\(matchers())[\(width())]\(modifiers())" }
        return subquery { $0.selector(metric) }
    }

    /// Writes a vector of floats that is computed from native histograms.
    private mutating func ofHistograms(_ depth: Int) -> String {
        switch random.below(12) {
        case 0, 1, 2: return "histogram_count(\(histogram(depth - 1)))"
        case 3, 4: return "histogram_sum(\(histogram(depth - 1)))"
        case 5:
            // Since Prometheus 3, these are interpolated differently, so they are not part of anything else, mostly.
            return "histogram_quantile(\(random.pick(["0.5", "0.9", "0", "1", "-1", "2", "0.25", "NaN"])), "
                + "\(histogram(depth - 1)))"
        case 6:
            let lower = random.pick(["-Inf", "0", "-1", "0.5", "1", "NaN", "-10", "3"])
            let upper = random.pick(["+Inf", "0", "1", "2", "10", "0.7", "NaN", "-0.5"])
            return "histogram_fraction(\(lower), \(upper), \(histogram(depth - 1)))"
        case 7: return "\(random.pick(["count", "group"])) by (\(labels())) (\(histogram(depth - 1)))"
        case 8, 9:
            let function = random.pick(["count_over_time", "present_over_time", "absent_over_time"])
            return "\(function)(\(histogramWindow(["h", "hf", "hg", "hgf", "hs", "hsf", "hx", "hxf"])))"
        case 10: return "absent(\(histogram(depth - 1)))"
        default:
            return "timestamp(\(random.oneIn(2) ? name(random.pick(["h", "hg", "hx"])) : "(\(histogram(depth - 1)))"))"
        }
    }

    // MARK: Selectors

    private mutating func selector() -> String {
        selector(random.pick(["g", "g", "n", "n", "d", "w", "up", "z", "c_total", "b_bucket", "one", "none"]))
    }

    private mutating func selector(_ metric: String) -> String {
        if random.oneIn(12) {
            let pattern = random.pick(["g|n", "n|up", "g|z|d", ".*_total", "[gnd]"])
            return "{__name__=~\"\(pattern)\"\(random.oneIn(2) ? ", job=\"a\"" : "")}\(modifiers())"
        }
        return metric + matchers() + modifiers()
    }

    /// Writes the metric alone, perhaps restricted to certain jobs.
    private mutating func name(_ metric: String) -> String { metric + matchers() }

    private mutating func matchers() -> String {
        let all = [
            "job=\"a\"", "job!=\"b\"", "job=~\"a|c\"", "job!~\"b.*\"", "instance=\"0\"", "instance=~\"[01]\"",
            "instance!=\"0\"", "zone=\"\"", "zone!=\"\"", "job=~\".+\"", "nothing=\"x\"",
        ]
        switch random.below(5) {
        case 0: return "{\(random.pick(all))}"
        case 1: return "{\(random.pick(all)), \(random.pick(all))}"
        default: return ""
        }
    }

    private mutating func modifiers() -> String {
        var text = ""
        if random.oneIn(8) {
            let second = SampleWorld.start / 1000 + Int64(random.below(Int(SampleWorld.hours) * 360)) * 10
            text += " @ " + random.pick(["start()", "end()", "\(second + 3).5"])
        }
        if random.oneIn(6) { text += " offset " + random.pick(["1m", "10s", "-1m", "1h", "-30m", "5m", "20s"]) }
        return text
    }

    private mutating func labels() -> String {
        (0..<random.below(3)).map { _ in label() }.joined(separator: ", ")
    }

    private mutating func label() -> String {
        random.pick(["job", "job", "instance", "instance", "zone", "le", "new"])
    }

    // MARK: Scalars

    private mutating func scalar(_ depth: Int) -> String {
        guard depth > 0, random.oneIn(3) else { return number() }
        switch random.below(5) {
        case 0: return "scalar(\(vector(depth - 1)))"
        case 1: return "time()"
        case 2: return "(\(scalar(depth - 1)) \(random.pick(["+", "-", "*", "/", "%"])) \(scalar(depth - 1)))"
        case 3: return "(\(scalar(depth - 1)) \(random.pick(["<", ">", "=="])) bool \(scalar(depth - 1)))"
        default: return "scalar(sum(\(vector(depth - 1))))"
        }
    }

    private mutating func number() -> String {
        random.pick(["0", "1", "2", "-1", "0.5", "10", "3", "1e3", "-100", "+Inf", "NaN", "100", "0.125", "7"])
    }
}
