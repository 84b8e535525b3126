"""RDS where moto contradicts the service's documentation: promotion and unknown ids.

Owns the corrections of moto's RDS. Source of each: the Amazon RDS API Reference,
page of the action named. `install` is not called under `--upstream`.
"""

import functools

from moto.rds.exceptions import DBClusterNotFoundError, DBInstanceNotFoundError
from moto.rds.exceptions import RDSClientError
from moto.rds.models import DBInstance, RDSBackend, rds_backends
from moto.rds.responses import RDSResponse

# Actions on an existing instance; every page lists `DBInstanceNotFound`, HTTP 404.
# moto answers several of them with a crash.
ON_EXISTING = (
    "add_role_to_db_instance",
    "create_db_snapshot",
    "delete_db_instance",
    "describe_db_log_files",
    "modify_db_instance",
    "promote_read_replica",
    "reboot_db_instance",
    "remove_role_from_db_instance",
    "start_db_instance",
    "stop_db_instance",
)


def install(world) -> None:
    for name in ON_EXISTING:
        if hasattr(RDSResponse, name):
            setattr(RDSResponse, name, _must_exist(getattr(RDSResponse, name)))
    RDSBackend.promote_read_replica = functools.partialmethod(_promote, world=world)
    RDSBackend.create_db_instance_read_replica = _without_backups(
        RDSBackend.create_db_instance_read_replica
    )
    RDSBackend.promote_read_replica_db_cluster = _checked_cluster_promotion(
        RDSBackend.promote_read_replica_db_cluster
    )
    RDSBackend.delete_db_instance = _delete_without_source(RDSBackend.delete_db_instance)
    DBInstance.remove_replica = _forget_replica
    DBInstance.status_infos = property(functools.partial(_status_infos, world))


def instances():
    """Every (region, instance) of every account."""
    for account in list(rds_backends.values()):
        for region, backend in list(account.items()):
            for instance in list(backend.databases.values()):
                yield region, instance


def _must_exist(method):
    @functools.wraps(method)
    def checked(self):
        name = self.params.get("DBInstanceIdentifier")
        if name and name.lower().split(":")[-1] not in self.backend.databases:
            raise DBInstanceNotFoundError(name)
        return method(self)

    return checked


def _without_backups(method):
    """CreateDBInstanceReadReplica: "RDS creates read replicas with backups disabled."
    moto keeps those of the source."""

    @functools.wraps(method)
    def create(self, db_kwargs):
        replica = method(self, db_kwargs)
        replica.backup_retention_period = 0
        replica.tags = list(db_kwargs.get("tags") or [])  # not the source's own list
        return replica

    return create


def _promote(backend, db_kwargs, world):
    """PromoteReadReplica: "Promotes a read replica DB instance to a standalone DB
    instance", asynchronously; InvalidDBInstanceState (400): "The DB instance
    isn't in a valid state." moto is instant, keeps the source for ever and accepts
    a second promotion."""
    instance = backend.databases[db_kwargs["db_instance_identifier"].lower()]
    if not instance.is_replica:
        raise RDSClientError("InvalidDBInstanceState", "DB Instance is not a read replica.")
    if instance.status != "available" or getattr(instance, "promoting", False):
        text = f"Instance {instance.db_instance_identifier} is being promoted already."
        raise RDSClientError("InvalidDBInstanceState", text)
    instance.promoting = True
    lag, modifying = (
        world.timings["promotion_lag_s"],
        world.timings["promotion_modifying_s"],
    )
    world.after(lag, lambda: setattr(instance, "status", "modifying"))
    world.after(lag + modifying, lambda: _finish_promotion(instance, dict(db_kwargs)))
    return instance


def _finish_promotion(instance, db_kwargs) -> None:
    """DBInstance.ReadReplicaSourceDBInstanceIdentifier: "The identifier of the source
    DB instance if this DB instance is a read replica."; so it goes, and the instance
    leaves ReadReplicaDBInstanceIdentifiers of its source, if there still is one."""
    for _, other in instances():
        _forget_replica(other, instance)
    instance.source_db_instance_identifier = None
    instance.is_replica = False
    instance.promoting = False
    instance.status = "available"
    # BackupRetentionPeriod: "Default: 1"; "Setting this parameter to 0 disables
    # automated backups."
    wanted = db_kwargs.get("backup_retention_period")
    instance.backup_retention_period = 1 if wanted is None else wanted
    if db_kwargs.get("preferred_backup_window"):
        instance.preferred_backup_window = db_kwargs["preferred_backup_window"]


def _forget_replica(source, replica) -> None:
    names = (replica.db_instance_arn, replica.db_instance_identifier)
    if source is not replica:
        kept = [name for name in source.replicas if name not in names[:1]]
        same_region = source.region == replica.region
        source.replicas = [n for n in kept if not (same_region and n == names[1])]


def _delete_without_source(method):
    """DeleteDBInstance of a replica whose source is gone is allowed; moto looks the
    source up and fails."""

    @functools.wraps(method)
    def delete(self, db_instance_identifier, *args, **kwargs):
        replica = self.databases.get(db_instance_identifier)
        if replica is not None and replica.is_replica:
            for _, other in instances():
                _forget_replica(other, replica)
            replica.is_replica = False
        return method(self, db_instance_identifier, *args, **kwargs)

    return delete


def _checked_cluster_promotion(method):
    """PromoteReadReplicaDBCluster: DBClusterNotFoundFault (404),
    InvalidDBClusterStateFault (400); moto crashes on both."""

    @functools.wraps(method)
    def promote(self, db_cluster_identifier):
        cluster = self.clusters.get(db_cluster_identifier)
        if cluster is None:
            raise DBClusterNotFoundError(db_cluster_identifier)
        if not cluster.replication_source_identifier:
            text = f"Cluster {db_cluster_identifier} is not a read replica cluster."
            raise RDSClientError("InvalidDBClusterStateFault", text)
        return method(self, db_cluster_identifier)

    return promote


def _status_infos(world, instance):
    """DBInstanceStatusInfo: StatusType "read replication"; Status replicating,
    error, stopped or terminated. Absent for what is not a replica."""
    if not instance.is_replica:
        return None
    key = (instance.region, instance.db_instance_identifier)
    told = world.replication.get(key, {})
    status = told.get("status", "replicating")
    info = {
        "StatusType": "read replication",
        "Normal": status == "replicating",
        "Status": status,
    }
    if told.get("message"):
        info["Message"] = told["message"]
    return [info]


def dump() -> dict:
    """What a test asserts: by region, by identifier."""
    regions: dict = {}
    for region, instance in instances():
        regions.setdefault(region, {})[instance.db_instance_identifier] = {
            "arn": instance.db_instance_arn,
            "status": instance.status,
            "engine": instance.engine,
            "source": instance.source_db_instance_identifier,
            "replicas": list(instance.replicas),
            "promoting": getattr(instance, "promoting", False),
            "backup_retention_period": instance.backup_retention_period,
        }
    return regions
