/// What is subtracted from a column of integers before its residuals are stored. All arithmetic wraps.
enum IntegerTransform: Equatable {
    /// Residuals are the integers.
    case none
    /// Residuals are the steps from each integer to the next.
    case delta(first: Int64)
    /// Residuals are the changes of the steps; `second` is the first step.
    case deltaOfDelta(first: Int64, second: Int64)
    /// Residuals are the distances to `first + row * slope`.
    case line(first: Int64, slope: Int64)

    /// The number in the head byte of the column.
    var number: UInt8 {
        switch self {
        case .none: 0
        case .delta: 1
        case .deltaOfDelta: 2
        case .line: 3
        }
    }

    /// Returns the transform of the same residuals to integers that are larger by `distance`.
    @inline(__always)
    func adding(_ distance: Int64) -> IntegerTransform {
        switch self {
        case .none: .line(first: distance, slope: 0)
        case .delta(let first): .delta(first: first &+ distance)
        case .deltaOfDelta(let first, let second): .deltaOfDelta(first: first &+ distance, second: second)
        case .line(let first, let slope): .line(first: first &+ distance, slope: slope)
        }
    }

    /// Returns how many residuals `count` integers have.
    @inline(__always)
    func residualCount(_ count: Int) -> Int {
        switch self {
        case .none, .line: count
        case .delta: count &- 1
        case .deltaOfDelta: count &- 2
        }
    }
}

/// How residuals are stored; the number in bits 2 and 3 of the column's head byte.
enum IntegerBody: UInt8 {
    /// All are the same.
    case constant = 0
    /// ``FrameBody``.
    case frames = 1
    /// ``SymbolBody`` with the upper bits of the residuals as numbers.
    case prefixCode = 2
    /// ``SymbolBody`` with ranks in a list of up to 13 residuals as numbers.
    case dictionary = 3
}

/// A column of 1 to 1024 integers of 64 bits (FORMAT.md, section 7, "Integer columns").
enum IntegerColumn {
    static let maximumCount = 1024

    /// Decodes `count` integers to `out`. Returns false if the bytes are malformed.
    static func decode(
        _ reader: inout ColumnReader, count: Int, to out: inout MutableSpan<Int64>,
        _ workspace: inout IntegerWorkspace, _ kernels: ColumnKernels
    ) -> Bool {
        guard let transform = decodeResiduals(&reader, count: count, &workspace, kernels) else { return false }
        PortableKernels.undo(transform, workspace.residuals.span, count) { out[$0] = $1 }
        return true
    }

    /// Decodes the residuals of `count` integers (1 to 1024) to the workspace. Returns nil if the bytes are malformed.
    @inline(__always)
    static func decodeResiduals(
        _ reader: inout ColumnReader, count: Int, _ workspace: inout IntegerWorkspace, _ kernels: ColumnKernels
    ) -> IntegerTransform? {
        guard let head = reader.byte(atMost: 15), let transform = readTransform(&reader, head & 3),
            let body = IntegerBody(rawValue: UInt8(head >> 2)), count >= 2 || head & 3 != 2
        else { return nil }
        let residualCount = transform.residualCount(count)
        let isWhole =
            switch body {
            case .constant: decodeConstant(&reader, residualCount, to: &workspace.residuals)
            case .frames: FrameBody.decode(&reader, residualCount, to: &workspace.residuals, kernels)
            case .prefixCode: SymbolBody.decodePrefixCode(&reader, residualCount, &workspace, kernels)
            case .dictionary: SymbolBody.decodeDictionary(&reader, residualCount, &workspace, kernels)
            }
        return isWhole ? transform : nil
    }

    @inline(__always)
    private static func readTransform(_ reader: inout ColumnReader, _ number: Int) -> IntegerTransform? {
        guard number > 0 else { return IntegerTransform.none }
        guard let first = reader.zigzag() else { return nil }
        guard number > 1 else { return .delta(first: first) }
        guard let second = reader.zigzag() else { return nil }
        return number == 2 ? .deltaOfDelta(first: first, second: second) : .line(first: first, slope: second)
    }

    private static func decodeConstant(
        _ reader: inout ColumnReader, _ count: Int, to residuals: inout MutableSpan<Int64>
    ) -> Bool {
        guard let value = reader.zigzag() else { return false }
        for index in 0..<count { residuals[index] = value }
        return true
    }
}
