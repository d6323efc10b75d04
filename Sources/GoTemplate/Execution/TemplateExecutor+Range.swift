extension TemplateExecutor {
    /// Executes `{{range}}`: the body for each element, or the alternative without any.
    mutating func walkRange(_ branch: TemplateBranch, _ dot: TemplateSlot) throws(TemplateError) -> Outcome {
        let value = try evaluate(branch.pipeline, dot).value
        let hasRun: Bool
        if let list = value.asList {
            hasRun = try iterate(branch, list)
        } else if let map = value.asMap {
            hasRun = try iterate(branch, map)
        } else if case .integer(let count) = value.base {
            hasRun = try iterate(branch, count, value)
        } else if value.isAbsent {
            hasRun = false
        } else {
            throw error("range can't iterate over \(text(of: value))")
        }
        return hasRun ? .finished : try walk(branch.alternative ?? [], dot)
    }

    private mutating func iterate(_ branch: TemplateBranch, _ list: GoList) throws(TemplateError) -> Bool {
        for (index, element) in list.elements.enumerated() {
            let slot = TemplateSlot(element, in: list.elementType)
            guard try iterate(branch, TemplateSlot(.int(index)), slot) else { break }
        }
        return !list.elements.isEmpty
    }

    private mutating func iterate(_ branch: TemplateBranch, _ map: GoMap) throws(TemplateError) -> Bool {
        for entry in map.entries {
            let (key, element) = (
                TemplateSlot(entry.key, in: map.keyType), TemplateSlot(entry.value, in: map.valueType)
            )
            guard try iterate(branch, key, element) else { break }
        }
        return !map.entries.isEmpty
    }

    /// The numbers from 0, of the same type.
    private mutating func iterate(
        _ branch: TemplateBranch, _ count: GoInteger, _ value: GoValue
    ) throws(TemplateError) -> Bool {
        guard branch.pipeline.variables.count < 2 else {
            throw error("can't use \(text(of: value)) to iterate over more than one variable")
        }
        guard !count.isNegative else { return false }
        var number: UInt64 = 0
        while number < count.bits {
            var element = GoValue.integer(GoInteger(bits: number, kind: count.kind))
            if case .named(let type, _) = value { element = .named(type, element) }
            guard try iterate(branch, TemplateSlot(.none), TemplateSlot(element)) else { break }
            number += 1
        }
        return count.bits > 0
    }

    /// Executes the body once; returns whether the loop continues.
    private mutating func iterate(
        _ branch: TemplateBranch, _ index: TemplateSlot, _ element: TemplateSlot
    ) throws(TemplateError) -> Bool {
        try spend(steps: 1)
        try set(branch.pipeline, index, element)
        let declared = variables.count
        let outcome = try walk(branch.body, element)
        variables.removeSubrange(declared...)
        if case .stopped(let isLast) = outcome { return !isLast }
        return true
    }

    /// Sets the variables of the loop: one takes the element, two take the index and the element.
    private mutating func set(
        _ pipeline: TemplatePipeline, _ index: TemplateSlot, _ element: TemplateSlot
    ) throws(TemplateError) {
        let names = pipeline.variables.map(\.description)
        let slots = names.count > 1 ? [index, element] : [element]
        for (place, (name, slot)) in zip(names, slots).enumerated() {
            if pipeline.isAssignment {
                try assign(name, slot)
            } else {
                variables[variables.count - names.count + place].slot = slot
            }
        }
    }

    private func text(of value: GoValue) -> String {
        var printer = GoPrinter(limit: 4096)
        printer.printIndirect([value])
        return String(decoding: printer.output, as: UTF8.self)
    }
}
