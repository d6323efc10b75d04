extension TemplateExecutor {
    /// A method, a field of a struct, or an element of a map.
    mutating func field(
        _ name: String, of receiver: TemplateSlot, _ operand: TemplateOperand, _ arguments: TemplateArguments
    ) throws(TemplateError) -> TemplateSlot {
        let value = receiver.value
        switch value {
        case .none:
            if missingKey == .error { throw error("nil data; no entry for key \(GoQuoting.quoted(name))") }
            return TemplateSlot(.none)
        case .null(let type) where type == .any || isPointer(type):
            throw error("nil pointer evaluating \(receiver.type).\(name)")
        default: break
        }
        if let method = value.method(name) { return try call(method, name, .operand(operand), arguments) }
        if case .object(let object) = value, let field = object.field(name) {
            if !arguments.isEmpty { throw error("\(name) has arguments but cannot be invoked as function") }
            return TemplateSlot(field)
        }
        if let map = value.asMap, GoType.string.isAssignable(to: map.keyType) {
            if !arguments.isEmpty { throw error("\(name) is not a method but has arguments") }
            return TemplateSlot(try element(name, of: map), in: map.valueType)
        }
        throw error("can't evaluate field \(name) in type \(receiver.type)")
    }

    private func isPointer(_ type: GoType) -> Bool {
        if case .object(_, isPointer: true) = type { return true }
        return false
    }

    private func element(_ name: String, of map: GoMap) throws(TemplateError) -> GoValue {
        if let value = map[.text(name)] { return value }
        switch missingKey {
        case .default: return .none
        case .zero: return .zero(of: map.valueType)
        case .error: throw error("map has no entry for key \(GoQuoting.quoted(name))")
        }
    }
}
