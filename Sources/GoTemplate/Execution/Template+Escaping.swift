extension Template {
    /// Returns the template with one more command at the end of each pipeline whose value is written: the function
    /// `name`, which escapes it.
    public func passingOutput(through name: String) -> Template {
        Template(
            name: self.name,
            trees: trees.mapValues { tree in
                TemplateTree(
                    name: tree.name, source: tree.source, nodes: tree.nodes.map { $0.passingOutput(through: name) })
            }, functions: functions)
    }
}

extension TemplateNode {
    fileprivate func passingOutput(through name: String) -> TemplateNode {
        switch self {
        case .action(var pipeline) where pipeline.variables.isEmpty:
            let operand = TemplateOperand(offset: pipeline.offset, kind: .function(name))
            pipeline.commands.append(TemplateCommand(offset: pipeline.offset, operands: [operand]))
            return .action(pipeline)
        case .branch(let branch):
            return .branch(
                TemplateBranch(
                    kind: branch.kind, pipeline: branch.pipeline,
                    body: branch.body.map { $0.passingOutput(through: name) },
                    alternative: branch.alternative.map { $0.map { $0.passingOutput(through: name) } }))
        default: return self
        }
    }
}

extension Template {
    /// Returns the template with other functions of the same names, for what depends on the moment of execution.
    public func with(_ functions: TemplateFunctions) -> Template {
        Template(name: name, trees: trees, functions: self.functions.merging(functions))
    }
}
