internal import KTSDBNotify
internal import PrometheusWire

extension AmtoolCommand {
    func showConfiguration(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let status = try server().call(.getStatus)
        switch invocation["output"] {
        case "json": output.print(AmtoolModel.text(status))
        case "extended":
            output.print(status["config"]?["original"]?.text ?? "")
            for name in ["buildUser", "goVersion", "revision", "version", "branch", "buildDate"] {
                output.print("\(name) \(status["versionInfo"]?[name]?.text ?? "")")
            }
            output.print("uptime \(status["uptime"]?.text ?? "")")
        default: output.print(status["config"]?["original"]?.text ?? "")
        }
    }

    func showCluster(_ output: inout ToolOutput) throws(AmtoolProblem) {
        let cluster = try server().call(.getStatus)["cluster"] ?? .null
        if invocation["output"] == "json" { return output.print(AmtoolModel.text(cluster)) }
        var text = "Cluster Status:\t\(cluster["status"]?.text ?? "")\nNode Name:\t\(cluster["name"]?.text ?? "")\n"
        if invocation["output"] == "extended" {
            text += "\nAddress\tName\n"
            for peer in AmtoolModel.list(cluster["peers"] ?? .null) {
                text += "\(peer["address"]?.text ?? "")\t\(peer["name"]?.text ?? "")\t\n"
            }
        }
        output.write(AlignedTable.align(text))
    }
}
