internal import GoTemplate
internal import KTSDBModel

/// Functions of templates that compute.
enum NumberFunctions {
    private typealias Conversion = TemplateConversion

    static let table: TemplateFunctions = [
        "int": GoFunction([.any], returns: .int) { .int(Int(Conversion.integer($0[0]))) },
        "float64": GoFunction([.any], returns: .float64) { .float(Conversion.float($0[0])) },
        "add": GoFunction([], variadic: .any, returns: .integer(.int64)) { arguments in
            integer(arguments.reduce(0) { $0 &+ Conversion.integer($1) })
        },
        "sub": pair { $0 &- $1 },
        "mul": GoFunction([.any], variadic: .any, returns: .integer(.int64)) { arguments in
            integer(arguments.reduce(1) { $0 &* Conversion.integer($1) })
        },
        "div": pair {
            if $1 == 0 { throw GoError("runtime error: integer divide by zero") }
            return $0.dividedReportingOverflow(by: $1).partialValue
        },
        "mod": pair {
            if $1 == 0 { throw GoError("runtime error: integer divide by zero") }
            return $0.remainderReportingOverflow(dividingBy: $1).partialValue
        },
        "max": extreme { Swift.max($0, $1) },
        "min": extreme { Swift.min($0, $1) },
        "addf": decimals(parameters: [], start: 0, { $0.adding($1) }, { $0 + $1 }),
        "subf": decimals(parameters: [.any], start: nil, { $0.subtracting($1) }, { $0 - $1 }),
        "mulf": decimals(parameters: [.any], start: nil, { $0.multiplied(by: $1) }, { $0 * $1 }),
        "divf": decimals(parameters: [.any], start: nil, { $0.divided(by: $1) }, { $0 / $1 }, refusesZero: true),
        "maxf": floats { Swift.max($0, $1) },
        "minf": floats { Swift.min($0, $1) },
        "ceil": rounding(.up),
        "floor": rounding(.down),
        "round": GoFunction([.any, .int], variadic: .float64, returns: .float64) { arguments in
            let threshold = arguments.count > 2 ? arguments[2].asDouble ?? 0.5 : 0.5
            return .float(round(Conversion.float(arguments[0]), arguments[1].asInt ?? 0, threshold))
        },
        "bytes": GoFunction([.string], returns: .float64, canFail: true) { arguments in
            .float(Double(try size(arguments[0].asString?.bytes ?? [])))
        },
        "duration": duration, "duration_seconds": duration,
    ]

    private static func size(_ text: [UInt8]) throws -> UInt64 {
        do throws(ConversionProblem) { return try SizeConversion.parse(text.span) } catch {
            throw GoError(error.description)
        }
    }

    private static let duration = GoFunction([.string], returns: .float64, canFail: true) { arguments in
        do throws(ConversionProblem) {
            let text = arguments[0].asString?.bytes ?? []
            return .float(DurationConversion.seconds(try DurationConversion.parse(text.span)))
        } catch { throw GoError(error.description) }
    }

    private static func integer(_ value: Int64) -> GoValue { .integer(GoInteger(Int(value), kind: .int64)) }

    private static func pair(_ body: @escaping @Sendable (Int64, Int64) throws -> Int64) -> GoFunction {
        GoFunction([.any, .any], returns: .integer(.int64)) {
            integer(try body(Conversion.integer($0[0]), Conversion.integer($0[1])))
        }
    }

    private static func extreme(_ body: @escaping @Sendable (Int64, Int64) -> Int64) -> GoFunction {
        GoFunction([.any], variadic: .any, returns: .integer(.int64)) { arguments in
            integer(arguments.dropFirst().reduce(Conversion.integer(arguments[0])) { body($0, Conversion.integer($1)) })
        }
    }

    private static func floats(_ body: @escaping @Sendable (Double, Double) -> Double) -> GoFunction {
        GoFunction([.any], variadic: .any, returns: .float64) { arguments in
            .float(
                arguments.dropFirst().reduce(Conversion.float(arguments[0])) { left, right in
                    let right = Conversion.float(right)
                    return left.isNaN || right.isNaN ? .nan : body(left, right)
                })
        }
    }

    /// Computes with decimal numbers, or with floating-point numbers where those have too many digits.
    private static func decimals(
        parameters: [GoType], start: Double?,
        _ exact: @escaping @Sendable (DecimalNumber, DecimalNumber) -> DecimalNumber?,
        _ rounded: @escaping @Sendable (Double, Double) -> Double, refusesZero: Bool = false
    ) -> GoFunction {
        GoFunction(parameters, variadic: .any, returns: .float64) { arguments in
            let numbers = (start.map { [$0] } ?? []) + arguments.map(Conversion.float)
            if refusesZero, numbers.dropFirst().contains(0) { throw GoError("decimal division by 0") }
            var sum = numbers[0], decimal = DecimalNumber(sum)
            for number in numbers.dropFirst() {
                sum = rounded(sum, number)
                if let left = decimal, let right = DecimalNumber(number), let result = exact(left, right) {
                    (decimal, sum) = (result, result.double)
                } else {
                    decimal = DecimalNumber(sum)
                }
            }
            return .float(sum)
        }
    }

    private static func rounding(_ rule: FloatingPointRoundingRule) -> GoFunction {
        GoFunction([.any], returns: .float64) { .float(Conversion.float($0[0]).rounded(rule)) }
    }

    /// Rounds to places after the point; from `threshold` of the last place on upwards.
    private static func round(_ value: Double, _ places: Int, _ threshold: Double) -> Double {
        var power = 1.0
        for _ in 0..<min(places.magnitude, 400) { power *= 10 }
        if places < 0 { power = 1 / power }
        let scaled = power * value
        let rest = scaled - scaled.rounded(.towardZero)
        return scaled.rounded(rest >= threshold ? .up : .down) / power
    }
}
