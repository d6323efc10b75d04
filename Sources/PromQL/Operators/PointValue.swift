internal import KTSDBModel

/// One point of a row, of either kind.
enum PointValue {
    case float(Double)
    case histogram(Histogram)

    fileprivate var typeName: String {
        switch self {
        case .float: "float"
        case .histogram: "histogram"
        }
    }
}

extension Row {
    /// The point at a step that has one.
    func point(at step: Int) -> PointValue {
        histogram(at: step).map { .histogram($0) } ?? .float(self[step])
    }
}

// What operators make of histograms: sums and differences of two of them, multiples and fractions, equality, and trims
// by a float. Anything else has no meaning: the pair has no result, and the query gets an annotation.

extension BinaryOperator {
    /// The operator's value for two points, and what there is to say.
    ///
    /// - Returns: no point where a comparison filters out, or where the two do not go together.
    func combine(
        _ left: PointValue, _ right: PointValue, returnsBool: Bool
    ) -> (point: PointValue?, annotation: HistogramAnnotation?) {
        switch (left, right) {
        case (.float(let a), .float(let b)):
            if self == .trimUpper || self == .trimLower { break }
            if isComparison {
                let holds = compares(a, b)
                return (returnsBool ? .float(holds ? 1 : 0) : holds ? left : nil, nil)
            }
            return (.float(arithmetic(a, b)), nil)
        case (.float(let factor), .histogram(let histogram)):
            if self == .multiply { return (.histogram(histogram.compacted { $0.multiply(by: factor) }), nil) }
        case (.histogram(let histogram), .float(let value)):
            switch self {
            case .multiply: return (.histogram(histogram.compacted { $0.multiply(by: value) }), nil)
            case .divide: return (.histogram(histogram.compacted { $0.divide(by: value) }), nil)
            case .trimUpper, .trimLower:
                var trimmed = histogram
                trimmed.trim(self == .trimUpper ? .below : .above, at: value)
                return (.histogram(trimmed), nil)
            default: break
            }
        case (.histogram(let a), .histogram(let b)):
            switch self {
            case .add, .subtract: return sum(a, b)
            case .equal, .notEqual:
                let holds = (a == b) == (self == .equal)
                return (returnsBool ? .float(holds ? 1 : 0) : holds ? left : nil, nil)
            default: break
            }
        }
        return (nil, .incompatibleTypes(left: left.typeName, operation: rawValue, right: right.typeName))
    }

    /// `+` or `-` of two histograms. Where one says that its counter was reset and the other that it was not, there is
    /// no telling what the two together are, and no point.
    private func sum(_ left: Histogram, _ right: Histogram) -> (point: PointValue?, annotation: HistogramAnnotation?) {
        let operation: HistogramAnnotation.Operation = self == .add ? .addition : .subtraction
        var result = left
        let flags: HistogramSumNotes
        do throws(IncompatibleHistograms) {
            flags = self == .add ? try result.add(right) : try result.subtract(right)
        } catch {
            return (nil, .incompatibleBuckets(operation: rawValue))
        }
        if flags.contains(.resetCollision) { return (nil, .resetCollision(operation)) }
        if self == .subtract { result.counterResetHint = .gauge }
        result.compact()
        return (.histogram(result), flags.contains(.boundsReconciled) ? .boundsReconciled(operation) : nil)
    }

    /// Replaces each point of `row` by its combination with the scalar, as ``apply(_:_:scalarIsLeft:returnsBool:)``
    /// does for floats.
    /// Calls `report` with the steps that need an annotation.
    func applyToPoints(
        _ row: inout Row, _ scalar: ScalarRow, scalarIsLeft: Bool, returnsBool: Bool,
        report: (_ step: Int, HistogramAnnotation) -> Void
    ) {
        var histograms = HistogramPoints()
        for step in 0..<row.count where !row[step].isAbsent {
            let value = row.point(at: step), number = PointValue.float(scalar[step])
            var (result, annotation) =
                scalarIsLeft
                ? combine(number, value, returnsBool: returnsBool) : combine(value, number, returnsBool: returnsBool)
            if let annotation { report(step, annotation) }
            // A comparison that filters keeps the value of the vector.
            if isComparison, !returnsBool, result != nil { result = value }
            switch result {
            case .float(let value): row[step] = PromQL.point(value)
            case .histogram(let histogram):
                row[step] = .absent
                histograms.append(histogram, at: step)
            case nil: row[step] = .absent
            }
        }
        row.put(histograms)
    }
}

extension Histogram {
    /// The histogram changed, without empty buckets.
    fileprivate func compacted(_ change: (inout Histogram) -> Void) -> Histogram {
        var result = self
        change(&result)
        result.compact()
        return result
    }
}
