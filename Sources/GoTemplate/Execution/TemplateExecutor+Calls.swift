extension TemplateExecutor {
    /// Calls a function by its name; an error of the function names `site`.
    mutating func evaluateFunction(
        _ name: String, _ operand: TemplateOperand, _ site: TemplateSite, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        try visit(.operand(operand))
        if let function = functions[name] ?? template.functions[name] {
            return try call(function, name, site, arguments)
        }
        guard let builtin = BuiltinTable.entries[name] else {
            throw error("\(GoQuoting.quoted(name)) is not a defined function")
        }
        return try call(builtin, name, site, arguments)
    }

    /// Calls a function of the host, or a method.
    mutating func call(
        _ function: GoFunction, _ name: String, _ site: TemplateSite, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        let values = try evaluate(arguments, for: function.signature, name)
        return try run(name, site, values, function.signature.result) { values, _ in try function.body(values) }
    }

    private mutating func call(
        _ builtin: BuiltinTable.Entry, _ name: String, _ site: TemplateSite, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        switch builtin.kind {
        case .shortCircuit(let decidingTruth):
            try checkCount(arguments, of: builtin.signature, name)
            return try evaluate(arguments, until: decidingTruth)
        case .function(let body):
            let values = try evaluate(arguments, for: builtin.signature, name)
            return try run(name, site, values, builtin.signature.result, body)
        case .call:
            let values = try evaluate(arguments, for: builtin.signature, name)
            let callee = arguments.operands.first?.description ?? "<\(values[0].type ?? .any) Value>"
            return try run(name, site, values, .any) { values, _ in
                try CallBuiltin.call(callee, values[0], Array(values.dropFirst()))
            }
        }
    }

    /// The first value whose truth decides, or the last one.
    private mutating func evaluate(
        _ arguments: TemplateArguments, until decidingTruth: Bool
    ) throws(TemplateError) -> TemplateSlot {
        var value = TemplateSlot(.none)
        for operand in arguments.operands {
            value = TemplateSlot(try argument(operand, .value, arguments.dot))
            if value.value.isTrue == decidingTruth { return value }
        }
        return arguments.final ?? value
    }

    /// Runs a function; what it throws becomes an error of the template.
    private mutating func run(
        _ name: String, _ site: TemplateSite, _ values: [GoValue], _ type: GoType,
        _ body: BuiltinTable.Body
    ) throws(TemplateError) -> TemplateSlot {
        let result: GoValue
        do {
            result = try body(values, textRoom)
        } catch let failure {
            try visit(site)
            if let failure = failure as? GoError, failure == .textLimit { throw textLimitError() }
            throw error("error calling \(name): \(failure)")
        }
        try spend(arguments: values, result: result)
        return TemplateSlot(result, in: type)
    }

    // MARK: Arguments

    private func checkCount(
        _ arguments: TemplateArguments, of signature: GoSignature, _ name: String
    ) throws(TemplateError) {
        let wanted = signature.parameters.count
        if signature.variadic != nil {
            guard arguments.count < wanted else { return }
            // The value from the pipeline is not counted in this message, in Go neither.
            throw error("wrong number of args for \(name): want at least \(wanted) got \(arguments.operands.count)")
        }
        guard arguments.count != wanted else { return }
        throw error("wrong number of args for \(name): want \(wanted) got \(arguments.count)")
    }

    private mutating func evaluate(
        _ arguments: TemplateArguments, for signature: GoSignature, _ name: String
    ) throws(TemplateError) -> [GoValue] {
        try checkCount(arguments, of: signature, name)
        var values: [GoValue] = []
        for operand in arguments.operands {
            values.append(try argument(operand, signature.parameter(values.count), arguments.dot))
        }
        if let final = arguments.final { values.append(try check(final, signature.parameter(values.count))) }
        return values
    }
}

/// The function `call`.
private enum CallBuiltin {
    static func call(_ name: String, _ callee: GoValue, _ arguments: [GoValue]) throws -> GoValue {
        if callee.isAbsent { throw GoError("call of nil") }
        guard case .function(let signature)? = callee.type?.underlying else {
            throw GoError("non-function \(name) of type \(callee.type ?? .any)")
        }
        try checkCount(arguments.count, signature, name)
        var values: [GoValue] = []
        for (index, argument) in arguments.enumerated() {
            do {
                values.append(try convert(argument, to: signature.parameter(index)))
            } catch {
                throw GoError("arg \(index): \(error)")
            }
        }
        guard case .function(let function) = callee.base else {
            throw GoError("reflect.Value.Call: call of nil function")
        }
        return try function.body(values)
    }

    private static func checkCount(_ count: Int, _ signature: GoSignature, _ name: String) throws {
        let wanted = signature.parameters.count
        if signature.variadic != nil {
            guard count < wanted else { return }
            throw GoError("wrong number of args for \(name): got \(count) want at least \(wanted)")
        }
        guard count != wanted else { return }
        throw GoError("wrong number of args for \(name): got \(count) want \(wanted)")
    }

    private static func convert(_ value: GoValue, to type: GoType) throws -> GoValue {
        guard let actual = value.type, !value.isAbsent else {
            guard type.canBeNil else { throw GoError("value is nil; should be of type \(type)") }
            return .null(type)
        }
        return try Indexing.convert(value, actual, to: type)
    }
}
