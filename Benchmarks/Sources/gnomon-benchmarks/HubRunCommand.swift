import ArgumentParser
import Foundation

/// Runs of the hub alone and what they cost, for a profiler.
struct HubRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "hub-run", abstract: "Runs the hub alone, once or more, and prints rate and processor time.")

  @Option(help: "Channels, each a stream of its own.")
  var channels = 48

  @Option(help: "Mebibytes of samples in one run.")
  var mebibytes = 1152

  @Option(help: "Runs.")
  var repeats = 1

  @Option(help: "Folder for temporary archives; default: the system's.")
  var folder = FileManager.default.temporaryDirectory.path

  @Option(help: "Path of the gnomon program, to replay each run's archive at full speed; default: no replay.")
  var gnomon: String?

  func run() throws {
    let gigabytes = Double(mebibytes << 20) * 1e-9
    for _ in 0..<repeats {
      let start = ProcessorTime.now
      let transfer = try Bounds.transfer(mebibytes: mebibytes)
      let bound = ProcessorTime.now - start
      let before = ProcessorTime.now
      var (spent, replayed, replaying) = (bound, 0.0, bound)
      let rate = try HubBenchmark.run(channels: channels, mebibytes: mebibytes, folder: folder) { archive in
        spent = ProcessorTime.now - before
        guard let gnomon else { return }
        replayed = try HubBenchmark.replay(archive, mebibytes: mebibytes, gnomon: gnomon)
        replaying = ProcessorTime.now - before - spent
      }
      print(
        String(format: "%.0f MB/s, %.3f x ZeroMQ bound; processor s/GB:", rate * 8e-6, rate * 8 / transfer),
        "hub \(spent.own.text(per: gigabytes)), senders \(spent.children.text(per: gigabytes)), bound",
        "\(bound.own.text(per: gigabytes)) and \(bound.children.text(per: gigabytes))"
          + (gnomon == nil
            ? ""
            : String(format: "; replay %.0f MB/s, %.3f x: ", replayed * 8e-6, replayed / rate)
              + replaying.children.text(per: gigabytes)))
      fflush(nil)
    }
  }
}

/// Processor seconds of this process, and of its children that have ended.
struct ProcessorTime {
  struct Part {
    var user: Double
    var system: Double

    init(_ who: Int32) {
      var usage = rusage()
      getrusage(who, &usage)
      func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
      (user, system) = (seconds(usage.ru_utime), seconds(usage.ru_stime))
    }

    /// User and system seconds for each of `count`.
    func text(per count: Double) -> String { String(format: "%.2f+%.2f", user / count, system / count) }

    static func - (left: Part, right: Part) -> Part {
      var part = left
      part.user -= right.user
      part.system -= right.system
      return part
    }
  }

  var own: Part
  var children: Part

  static var now: ProcessorTime {
    ProcessorTime(own: Part(RUSAGE_SELF.rawValue), children: Part(RUSAGE_CHILDREN.rawValue))
  }

  static func - (left: ProcessorTime, right: ProcessorTime) -> ProcessorTime {
    ProcessorTime(own: left.own - right.own, children: left.children - right.children)
  }
}
