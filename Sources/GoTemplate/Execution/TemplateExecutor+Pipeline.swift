extension TemplateExecutor {
    /// The value of a pipeline. Variables that it declares are declared from now on.
    mutating func evaluate(_ pipeline: TemplatePipeline, _ dot: TemplateSlot) throws(TemplateError) -> TemplateSlot {
        try nested { executor throws(TemplateError) in try executor.evaluateCommands(pipeline, dot) }
    }

    private mutating func evaluateCommands(
        _ pipeline: TemplatePipeline, _ dot: TemplateSlot
    ) throws(TemplateError) -> TemplateSlot {
        try visit(.pipeline(pipeline))
        var value: TemplateSlot?
        for command in pipeline.commands { value = try evaluate(command, dot, final: value).unboxed }
        let result = value ?? TemplateSlot(.none)
        for variable in pipeline.variables {
            let name = variable.description
            if pipeline.isAssignment { try assign(name, result) } else { variables.append((name, result)) }
        }
        return result
    }

    /// Changes the innermost variable of that name.
    mutating func assign(_ name: String, _ slot: TemplateSlot) throws(TemplateError) {
        variables[try place(of: name)].slot = slot
    }

    /// Where the innermost variable of that name is. Looking past many others counts as steps.
    private mutating func place(of name: String) throws(TemplateError) -> Int {
        let place = variables.lastIndex { $0.name == name }
        try spend(steps: (variables.count - (place ?? 0)) / 32)
        guard let place else { throw error("undefined variable: \(name)") }
        return place
    }

    /// The value of a command; `final` is that of the command before, which is its last argument.
    private mutating func evaluate(
        _ command: TemplateCommand, _ dot: TemplateSlot, final: TemplateSlot?
    ) throws(TemplateError) -> TemplateSlot {
        let operand = command.operands[0]
        let arguments = TemplateArguments(Array(command.operands.dropFirst()), final, dot)
        switch operand.kind {
        case .field, .chain, .variable: return try evaluateFields(operand, arguments)
        case .function(let name): return try evaluateFunction(name, operand, .command(command), arguments)
        case .pipeline(let pipeline):
            try checkNoArguments(arguments, of: operand)
            return try evaluate(pipeline, dot)
        case .bool, .dot, .null, .number, .string:
            try visit(.operand(operand))
            try checkNoArguments(arguments, of: operand)
            return try constant(operand, dot)
        }
    }

    /// A constant, or `.`, in a place that takes anything.
    mutating func constant(_ operand: TemplateOperand, _ dot: TemplateSlot) throws(TemplateError) -> TemplateSlot {
        switch operand.kind {
        case .bool(let value): return TemplateSlot(.bool(value))
        case .dot: return dot
        case .number(let number): return TemplateSlot(try constant(number, operand))
        case .string(let text, _): return TemplateSlot(.string(text))
        default: throw error("nil is not a command")
        }
    }

    /// Without a place that needs a type, the way in which the number is written decides.
    private mutating func constant(
        _ number: TemplateNumber, _ operand: TemplateOperand
    ) throws(TemplateError) -> GoValue {
        try visit(.operand(operand))
        if number.looksLikeFloat { return .float(number.float) }
        guard let signed = number.signed else { throw error("\(number.text) overflows int") }
        return .int(Int(signed))
    }

    private func checkNoArguments(_ arguments: TemplateArguments, of operand: TemplateOperand) throws(TemplateError) {
        guard !arguments.isEmpty else { return }
        throw error("can't give argument to non-function \(operand)")
    }

    // MARK: Fields

    /// `.a.b`, `$x.a.b` or `(…).a.b`; a method at the end gets the arguments.
    mutating func evaluateFields(
        _ operand: TemplateOperand, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        try visit(.operand(operand))
        switch operand.kind {
        case .field(let names): return try evaluate(names, of: arguments.dot, operand, arguments)
        case .variable(let name, let fields):
            let slot = variables[try place(of: name)].slot
            guard fields.isEmpty else { return try evaluate(fields, of: slot, operand, arguments) }
            try checkNoArguments(arguments, of: operand)
            return slot
        case .chain(let term, let fields):
            if case .null = term.kind { throw error("indirection through explicit nil in \(operand)") }
            let slot = try evaluateTerm(term, arguments.dot)
            return try evaluate(fields, of: slot, operand, arguments)
        default: return TemplateSlot(.none)
        }
    }

    private mutating func evaluate(
        _ names: [String], of slot: TemplateSlot, _ operand: TemplateOperand, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        var slot = slot
        let none = TemplateArguments([], nil, arguments.dot)
        try spend(steps: names.count / 8)
        for name in names.dropLast() { slot = try field(name, of: slot, operand, none) }
        return try field(names.last ?? "", of: slot, operand, arguments)
    }
}
