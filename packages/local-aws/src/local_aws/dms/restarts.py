"""What a restart of a replication instance does to the tasks that run on it: by a reboot, or in maintenance.

AWS documents that a reboot ends them in an error, and that maintenance stops them for a moment and resumes
them: tables in their full load are loaded anew, changes go on where they were. Sources:
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.Rebooting.html
https://docs.aws.amazon.com/dms/latest/userguide/CHAP_ReplicationInstance.MaintenanceWindow.html
"""

from local_aws.dms.faults import invalid_combination
from local_aws.dms.instances import require_available, shown
from local_aws.dms.region import Fields, Interruption, Region, Request, Resource


def reboot(region: Region, request: Request) -> Fields:
    """RebootReplicationInstance."""
    instance = region.instance(request["ReplicationInstanceArn"])
    require_available(instance)
    if (request.get("ForceFailover") or request.get("ForcePlannedFailover")) and not instance.fields[
        "MultiAZ"
    ]:
        raise invalid_combination("A failover needs a replication instance in several zones")
    _restart(region, instance, "rebooting", region.latency["instance.rebooting"])
    return {"ReplicationInstance": shown(instance)}


def maintain(region: Region, instance_arn: str, seconds: float | None = None) -> None:
    """Let the maintenance of an instance begin, which no operation of the API does."""
    seconds = region.latency["instance.maintaining"] if seconds is None else seconds
    _restart(region, region.instance(instance_arn), "maintenance", seconds)


def _restart(region: Region, instance: Resource, interruption: Interruption, seconds: float) -> None:
    instance.life.change(interruption, then="available", after=seconds)
    for task in region.tasks.values():
        run = region.runs.get(task.arn)
        on_it = task.fields["ReplicationInstanceArn"] == instance.arn
        if run and on_it and task.life.status in ("starting", "running"):
            run.interruption = interruption
            run.stop.set()
