public import KTSDBModel

extension ProcessedLine {
    /// All labels of the line. What was parsed takes the place of metadata, and metadata of the stream's labels.
    public var labels: Labels {
        if metadata.isEmpty, parsed.isEmpty { return stream }
        return stream.overlaid(by: metadata).overlaid(by: parsed)
    }
}

extension Labels {
    /// Returns the labels of both; those of `upper` take the place of labels of the same name. One pass.
    func overlaid(by upper: Labels) -> Labels {
        if upper.isEmpty { return self }
        if isEmpty { return upper }
        let below = stringForm, above = upper.stringForm
        var result: [UInt8] = []
        result.reserveCapacity(below.count + above.count)
        var lowerCursor = LabelCursor(below), upperCursor = LabelCursor(above)
        var lower = lowerCursor.next(), higher = upperCursor.next(), lowerStart = 0, higherStart = 0
        while let left = lower, let right = higher {
            let leftName = below[left.name], rightName = above[right.name]
            if leftName.lexicographicallyPrecedes(rightName) {
                result += below[lowerStart..<left.value.upperBound]
                lowerStart = left.value.upperBound
                lower = lowerCursor.next()
            } else {
                if leftName == rightName {
                    lowerStart = left.value.upperBound
                    lower = lowerCursor.next()
                }
                result += above[higherStart..<right.value.upperBound]
                higherStart = right.value.upperBound
                higher = upperCursor.next()
            }
        }
        result += below[lowerStart...]
        result += above[higherStart...]
        return Labels(uncheckedStringForm: result)
    }
}
