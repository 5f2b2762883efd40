from rest_framework import serializers
from rest_framework_simplejwt.serializers import TokenObtainPairSerializer, TokenRefreshSerializer
from rest_framework_simplejwt.settings import api_settings

from tasks.models import Task


class TimeField(serializers.CharField):
    def to_representation(self, value):
        return value.replace(".000000Z", "Z")


class TaskSerializer(serializers.ModelSerializer):
    id = serializers.IntegerField(source="number", read_only=True)
    isCompleted = serializers.BooleanField(source="is_completed", default=False)
    ts = TimeField(read_only=True)

    class Meta:
        model = Task
        fields = ["id", "name", "isCompleted", "ts", "version"]
        read_only_fields = ["version"]


class LoginSerializer(TokenObtainPairSerializer):
    def validate(self, attrs):
        return answer(super().validate(attrs), self.user.id)


class RefreshSerializer(TokenRefreshSerializer):
    refresh = None
    access = None
    refreshToken = serializers.CharField(write_only=True)

    def validate(self, attrs):
        tokens = super().validate({"refresh": attrs["refreshToken"]})
        payload = self.token_class(tokens["refresh"], verify=False)
        return answer(tokens, int(payload[api_settings.USER_ID_CLAIM]))


def answer(tokens, user_id):
    return {
        "accessToken": tokens["access"],
        "refreshToken": tokens["refresh"],
        "tokenType": "Bearer",
        "expiresIn": int(api_settings.ACCESS_TOKEN_LIFETIME.total_seconds()),
        "userId": user_id,
    }
