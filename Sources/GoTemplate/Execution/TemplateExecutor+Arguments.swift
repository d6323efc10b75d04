extension TemplateExecutor {
    /// The value of an argument, which must be of the type.
    mutating func argument(
        _ operand: TemplateOperand, _ type: GoType, _ dot: TemplateSlot
    ) throws(TemplateError) -> GoValue {
        try visit(.operand(operand))
        switch operand.kind {
        case .dot: return try check(dot, type)
        case .null:
            guard type.canBeNil else { throw error("cannot assign nil to \(type)") }
            return type == .value ? .none : .null(type)
        case .field, .variable, .pipeline, .function, .chain: return try check(try evaluateTerm(operand, dot), type)
        case .bool, .string, .number: return try constant(operand, type, dot)
        }
    }

    /// The value of a name or a pipeline, without arguments.
    mutating func evaluateTerm(_ operand: TemplateOperand, _ dot: TemplateSlot) throws(TemplateError) -> TemplateSlot {
        try visit(.operand(operand))
        let none = TemplateArguments([], nil, dot)
        switch operand.kind {
        case .function(let name): return try evaluateFunction(name, operand, .operand(operand), none)
        case .pipeline(let pipeline): return try evaluate(pipeline, dot)
        case .field, .variable, .chain: return try evaluateFields(operand, none)
        case .bool, .string, .number, .null, .dot: return try constant(operand, dot)
        }
    }

    /// A constant of the type that is wanted.
    private mutating func constant(
        _ operand: TemplateOperand, _ type: GoType, _ dot: TemplateSlot
    ) throws(TemplateError) -> GoValue {
        try visit(.operand(operand))
        let value: GoValue?
        switch (type.underlying, operand.kind) {
        case (.any, _), (.value, _): return try constant(operand, dot).value
        case (.bool, .bool(let truth)): value = .bool(truth)
        case (.string, .string(let text, _)): value = .string(text)
        case (.float64, .number(let number)): value = .float(number.float)
        case (.integer(let kind), .number(let number)): value = integer(number, kind)
        case (.list, _), (.map, _), (.function, _), (.object, _), (.error, _), (.named, _):
            throw error("can't handle \(operand) for arg of type \(type)")
        default: value = nil
        }
        guard let value else { throw error("expected \(Self.expectation(type)); found \(operand)") }
        if case .named(let named) = type { return .named(named, value) }
        return value
    }

    private func integer(_ number: TemplateNumber, _ kind: GoIntegerKind) -> GoValue? {
        let bits = kind.isSigned ? number.signed.map { UInt64(bitPattern: $0) } : number.unsigned
        return bits.map { .integer(GoInteger(bits: $0, kind: kind)) }
    }

    private static func expectation(_ type: GoType) -> String {
        switch type.underlying {
        case .bool: "bool"
        case .string: "string"
        case .float64: "float"
        case .integer(let kind): kind.isSigned ? "integer" : "unsigned integer"
        default: "value"
        }
    }

    /// The value as one of the type, if it is one.
    mutating func check(_ slot: TemplateSlot, _ type: GoType) throws(TemplateError) -> GoValue {
        let value = slot.value
        guard let actual = value.type else {
            guard type.canBeNil else { throw error("invalid value; expected \(type)") }
            return type == .value ? .none : .null(type)
        }
        if actual.isAssignable(to: type) { return value }
        if isPointer(actual, to: type) {
            if value.isNil { throw error("dereference of nil pointer of type \(type)") }
            return value
        }
        throw error("wrong type for value; expected \(type); got \(actual)")
    }

    private func isPointer(_ actual: GoType, to wanted: GoType) -> Bool {
        guard case .object(let name, isPointer: true) = actual else { return false }
        return wanted == .object(name, isPointer: false)
    }
}
