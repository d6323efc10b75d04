extension TemplateExecutor {
    /// How the execution of nodes ended.
    enum Outcome {
        case finished
        /// `{{break}}` or `{{continue}}`
        case stopped(isLast: Bool)
    }

    /// Executes nodes one after the other.
    mutating func walk(_ nodes: [TemplateNode], _ dot: TemplateSlot) throws(TemplateError) -> Outcome {
        try nested { executor throws(TemplateError) in
            for node in nodes {
                let outcome = try executor.walk(node, dot)
                if case .stopped = outcome { return outcome }
            }
            return .finished
        }
    }

    private mutating func walk(_ node: TemplateNode, _ dot: TemplateSlot) throws(TemplateError) -> Outcome {
        switch node {
        case .text(let text): try write(text.bytes)
        case .action(let pipeline): try walkAction(pipeline, dot)
        case .branch(let branch): return try walkBranch(branch, dot)
        case .call(let call): try walkCall(call, dot)
        case .breakLoop: return .stopped(isLast: true)
        case .continueLoop: return .stopped(isLast: false)
        }
        return .finished
    }

    private mutating func walkAction(_ pipeline: TemplatePipeline, _ dot: TemplateSlot) throws(TemplateError) {
        try visit(.action(pipeline))
        let slot = try evaluate(pipeline, dot)
        guard pipeline.variables.isEmpty else { return }
        try visit(.action(pipeline))
        if case .function(let function) = slot.value {
            throw error("can't print {{\(pipeline)}} of type \(function.signature)")
        }
        var printer = GoPrinter(limit: outputRoom)
        printer.printIndirect([slot.value])
        if printer.isFull { throw outputLimitError() }
        try write(printer.output)
    }

    private mutating func walkCall(_ node: TemplateCall, _ dot: TemplateSlot) throws(TemplateError) {
        try visit(.call(node))
        guard let tree = template.trees[node.name] else {
            throw error("template \(GoQuoting.quoted(node.name)) not defined")
        }
        // What the pipeline declares stays declared.
        let data = if let pipeline = node.pipeline { try evaluate(pipeline, dot) } else { TemplateSlot(.none) }
        try call(tree, data)
    }

    private mutating func walkBranch(_ branch: TemplateBranch, _ dot: TemplateSlot) throws(TemplateError) -> Outcome {
        try visit(.pipeline(branch.pipeline))
        let declared = variables.count
        let outcome =
            if branch.kind == .range {
                try walkRange(branch, dot)
            } else {
                try walkChoice(branch, dot)
            }
        variables.removeSubrange(declared...)
        return outcome
    }

    /// `{{if}}` or `{{with}}`. A chain of `{{else if}}` is followed without nesting.
    private mutating func walkChoice(_ branch: TemplateBranch, _ dot: TemplateSlot) throws(TemplateError) -> Outcome {
        var branch = branch
        while true {
            let slot = try evaluate(branch.pipeline, dot)
            if slot.value.isTrue { return try walk(branch.body, branch.kind == .with ? slot : dot) }
            guard let next = branch.nextChoice else { return try walk(branch.alternative ?? [], dot) }
            branch = next
        }
    }
}

extension TemplateBranch {
    /// The choice that is all there is in the alternative.
    fileprivate var nextChoice: TemplateBranch? {
        guard let alternative, alternative.count == 1, case .branch(let next) = alternative[0] else { return nil }
        return next.kind == .range ? nil : next
    }
}
