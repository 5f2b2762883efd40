from datetime import UTC, datetime

from django.db import transaction
from django.db.models import Max
from rest_framework.generics import ListCreateAPIView
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from tasks.models import Task
from tasks.serializers import LoginSerializer, RefreshSerializer, TaskSerializer


class LoginView(TokenObtainPairView):
    serializer_class = LoginSerializer


class RefreshView(TokenRefreshView):
    serializer_class = RefreshSerializer

    # The old token is revoked and the new one recorded together, in one commit.
    @transaction.atomic
    def post(self, request, *args, **kwargs):
        return super().post(request, *args, **kwargs)


class TaskListView(ListCreateAPIView):
    serializer_class = TaskSerializer

    def get_queryset(self):
        return Task.objects.filter(user_id=self.request.user.id)

    @transaction.atomic
    def perform_create(self, serializer):
        last = self.get_queryset().aggregate(last=Max("number"))["last"] or 0
        serializer.save(
            user=self.request.user,
            number=last + 1,
            ts=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        )
