import KTSDB

/// The example of the README: a database in the application's own process.
@main
struct Embedding {
    static func main() async throws {
        let database = try await Database.open(path: "metrics")
        let summary = try await database.append { batch in  // all or nothing, also after a crash
            batch.append(21.5, at: .now, to: ["__name__": "temperature_celsius", "room": "kitchen"])
        }
        assert(summary.rejections.isEmpty)  // samples over a limit are counted here, not thrown
        let lastHour = Timestamp.now - .seconds(3600)...Timestamp.now
        try await database.read { view in  // a view is fixed; appends continue meanwhile
            let rooms = try view.series(matching: .name("temperature_celsius"), .matches("room", "k.*"), in: lastHour)
            for room in rooms { print(room.labels["room"] ?? "", try room.samples().last?.value ?? .nan) }
        }
        let averages = try await PromQLEngine()
            .query("avg(temperature_celsius)", over: lastHour, step: .seconds(15), in: database.readView())
        print(averages.value)
        try await database.close()
    }
}
