/// What a function or a method is called with.
struct TemplateArguments {
    /// The operands, which are evaluated when the types that they need are known.
    let operands: [TemplateOperand]
    /// The value of the command before in the pipeline: the last argument.
    let final: TemplateSlot?
    /// `.` for the operands.
    let dot: TemplateSlot

    init(_ operands: [TemplateOperand], _ final: TemplateSlot?, _ dot: TemplateSlot) {
        (self.operands, self.final, self.dot) = (operands, final, dot)
    }

    var count: Int { operands.count + (final == nil ? 0 : 1) }
    var isEmpty: Bool { count == 0 }
}
