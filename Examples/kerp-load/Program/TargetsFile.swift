internal import CLibrary
internal import PrometheusWire

/// The instances as `file_sd_configs` reads them, with the labels of pods, so that the seed's relabelling keeps them.
struct TargetsFile {
    let addresses: [ListenArgument]
    let job: String

    private var bytes: [UInt8] {
        var json = JSONWriter()
        json.array(Array(addresses.enumerated())) { json, entry in
            json.object { json in
                json.array("targets", ["\(entry.element)"]) { json, target in json.string(target) }
                json.object("labels") { json in
                    let pod = "__meta_kubernetes_pod_"
                    json.member(named: pod + "label_app", job)
                    json.member(named: pod + "name", "\(job)-\(entry.offset + 1)")
                    json.member(named: "__meta_kubernetes_namespace", "erp")
                    json.member(named: pod + "annotation_prometheus_io_scrape", "true")
                    json.member(named: pod + "annotation_prometheus_io_path", "/metrics")
                    json.member(named: pod + "annotation_prometheus_io_port", String(entry.element.port))
                }
            }
        }
        return json.takeBytes() + [UInt8(ascii: "\n")]
    }

    /// Writes the file next to its place and moves it there, so that no reader sees half of it.
    func write(to path: String) throws(LogProblem) {
        let temporary = path + ".new"
        _ = SystemCall.removeFile(temporary)
        try LogOutput(temporary).write(bytes)
        guard SystemCall.renameFile(temporary, to: path) == 0 else {
            throw LogProblem(path: path, reason: SystemCall.message(errno))
        }
    }
}
