internal import KTSDBNotify

/// Alertmanager's file `silences`: messages of protocol buffers, each after its length (silencepb.MeshSilence).
enum SilenceSnapshot {
    /// Returns the silences that are not over at `now`, in the form of the API. Of several sets of matchers, each is a
    /// silence of its own.
    /// - Throws: ``AmtoolProblem`` if the bytes are not such a file.
    static func silences(_ bytes: [UInt8], at now: WallTime) throws(AmtoolProblem) -> [JSONTree] {
        var result: [JSONTree] = []
        do throws(SnapshotFields.Malformed) {
            for mesh in try SnapshotFields.messages(bytes) {
                for field in try SnapshotFields.fields(bytes, mesh) where field.number == 1 {
                    result += try silences(bytes, field.range, at: now)
                }
                guard result.count <= AmtoolCommand.importLimit else { break }
            }
        } catch {
            throw AmtoolProblem("neither JSON nor a snapshot of Alertmanager's silences: \(error)")
        }
        return result
    }

    private static func silences(
        _ bytes: [UInt8], _ range: Range<Int>, at now: WallTime
    ) throws(SnapshotFields.Malformed) -> [JSONTree] {
        var texts: [Int: String] = [:], times: [Int: WallTime] = [:], annotations: [(String, String)] = []
        var sets: [[JSONTree]] = [], classic: [JSONTree] = []
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1, 8, 9: texts[field.number] = SnapshotFields.text(bytes, field.range)
            case 2: classic.append(try matcher(bytes, field.range))
            case 3, 4, 5: times[field.number] = try SnapshotFields.time(bytes, field.range)
            case 7: try readComment(bytes, field.range, &texts)
            case 10: annotations.append(try SnapshotFields.pair(bytes, field.range))
            case 11:
                sets.append([])
                for entry in try SnapshotFields.fields(bytes, field.range) where entry.number == 1 {
                    sets[sets.count - 1].append(try matcher(bytes, entry.range))
                }
            default: break
            }
        }
        guard let end = times[4], end >= now else { return [] }
        let all = sets.isEmpty ? [classic] : sets
        return all.enumerated().map { place, matchers in
            .members([
                ("id", .string(place == 0 ? texts[1] ?? "" : "")), ("annotations", .map(KeyValues(annotations))),
                ("comment", .string(texts[9] ?? "")), ("createdBy", .string(texts[8] ?? "")),
                ("endsAt", .string(TimeText.text(end))), ("matchers", .array(matchers)),
                ("startsAt", .string(TimeText.text(times[3] ?? .zero))),
            ])
        }
    }

    /// The old form of author and comment.
    private static func readComment(
        _ bytes: [UInt8], _ range: Range<Int>, _ texts: inout [Int: String]
    ) throws(SnapshotFields.Malformed) {
        for field in try SnapshotFields.fields(bytes, range) where field.number <= 2 {
            let place = field.number + 7
            if texts[place] == nil { texts[place] = SnapshotFields.text(bytes, field.range) }
        }
    }

    private static func matcher(
        _ bytes: [UInt8], _ range: Range<Int>
    ) throws(SnapshotFields.Malformed) -> JSONTree {
        var type: UInt64 = 0, name = "", pattern = ""
        for field in try SnapshotFields.fields(bytes, range) {
            switch field.number {
            case 1: type = field.value
            case 2: name = SnapshotFields.text(bytes, field.range)
            case 3: pattern = SnapshotFields.text(bytes, field.range)
            default: break
            }
        }
        return .members([
            ("isEqual", .bool(type < 2)), ("isRegex", .bool(type % 2 == 1)), ("name", .string(name)),
            ("value", .string(pattern)),
        ])
    }
}
