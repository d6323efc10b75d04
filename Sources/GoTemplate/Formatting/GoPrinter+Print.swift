extension GoPrinter {
    /// Go's `Sprint`: a blank between two values neither of which is a text.
    mutating func printAll(_ values: [GoValue]) {
        var previousIsText = true
        for value in values {
            let isText = value.asString != nil
            if !isText, !previousIsText { write(" ") }
            printArgument(value, FormatVerb.v)
            previousIsText = isText
            if isFull { return }
        }
    }

    /// Go's `Sprintln`: blanks between all values, and a newline.
    mutating func printLine(_ values: [GoValue]) {
        for (index, value) in values.enumerated() {
            if index > 0 { write(" ") }
            printArgument(value, FormatVerb.v)
            if isFull { return }
        }
        write("\n")
    }

    /// As ``printAll(_:)``, but as templates print: the absence of a value is `<no value>`, and a pointer is printed as
    /// what it points to.
    mutating func printIndirect(_ values: [GoValue]) {
        isIndirect = true
        printAll(values.map { $0.isAbsent ? .text("<no value>") : $0 })
        isIndirect = false
    }
}
